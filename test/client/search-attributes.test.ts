import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { setUp } from '../../client/set-up.ts';
import { translate } from '../../client/translate.ts';
import { createUnderstudy, type Understudy } from '../../client/understudy.ts';
import { SEARCH_ATTRIBUTES } from '../../model/names.ts';
import { keepSearchAttributes } from '../../worker/keep-search-attributes.ts';
import { createLog, logOf } from '../../worker/log.ts';
import { runParts } from '../../worker/run-parts.ts';
import { registerSearchAttributes } from '../../worker/search-attributes.ts';
import { temporalSettings } from '../../worker/temporal-settings.ts';
import { ownNamespace } from './own-namespace.ts';

/** A Temporal that is empty: it knows none of our search attributes, and no run can begin. */

const ALL = Object.keys(SEARCH_ATTRIBUTES);
let connection: Connection;

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
});
afterAll(() => connection?.close());

const registered = async (namespace: string): Promise<readonly string[]> =>
  Object.keys((await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {});

async function empty(): Promise<{ client: Client; namespace: string }> {
  const namespace = await ownNamespace(inject('temporalAddress'));
  return { namespace, client: new Client({ connection, namespace }) };
}

/** What a server says that lets only its operators register them. */
const refusing = (query: 'known' | 'unknown') => {
  const says = (code: number): Error =>
    Object.assign(new Error('no'), { code, details: 'no', metadata: {}, name: 'Error' });
  const refused = async () => Promise.reject(says(7));
  return {
    operatorService: { listSearchAttributes: refused, addSearchAttributes: refused },
    workflowService: {
      listWorkflowExecutions: async () => (query === 'known' ? {} : Promise.reject(says(3))),
    },
    withDeadline: <T>(_: number, call: () => Promise<T>) => call(),
  } as unknown as Connection;
};

describe('An empty Temporal', () => {
  test.each(['sync', 'failover', 'pair'] as const)(
    'gets the search attributes before a %s is started',
    async (type) => {
      const { client, namespace } = await empty();
      const understudy = createUnderstudy({ client, pair: 'orders' });
      if (type === 'sync') await understudy.sync();
      else if (type === 'pair') await understudy.startPair();
      else await understudy.failover({ to: 'dc2', mode: 'unplanned', reason: 'dc1 is lost' });
      expect(await registered(namespace)).toEqual(expect.arrayContaining(ALL));
    },
  );

  test('that lets nobody register them starts nothing, and says what to do', async () => {
    const { client } = await empty();
    const closed = new Client({ connection: Object.assign(refusing('unknown'), { plugins: [] }) });
    const started = vi.spyOn(closed.workflow, 'start');
    Object.defineProperty(closed, 'withDeadline', { value: (_: number, call: () => unknown) => call() });
    await expect(createUnderstudy({ client: closed, pair: 'orders' }).sync()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('nothing was started'),
      todo: [expect.stringContaining('tcld namespace search-attributes add')],
    });
    expect(started).not.toHaveBeenCalled();
    expect(client).toBeDefined();
  });

  test('is set up all the same while a site is away: schedule and pair are there, and it says what is missing', async () => {
    const { client, namespace } = await empty();
    const says = 'no worker took observe at dc1: the worker there does not run, or does not reach Temporal';
    const understudy: Understudy = {
      ...createUnderstudy({ client, pair: 'orders' }),
      setup: async () => {
        throw new WorkflowFailedError('failed', ApplicationFailure.nonRetryable(says, 'NoAnswer'), 'NO_RETRY' as never);
      },
    };
    const lines: string[] = [];
    const config = { pair: 'orders', schedule: { every: 900_000, catchUp: 600_000 } };
    const done = setUp({ understudy, client, connection, config, temporal: { namespace } }, { paused: true }, (line) =>
      lines.push(line),
    );
    await expect(done).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining(says) });
    expect((await client.schedule.getHandle('sync/orders').describe()).state.paused).toBe(true);
    expect((await client.workflow.getHandle('pair/orders').describe()).status.name).toBe('RUNNING');
  });

  test('is left without a schedule where the very first setup is refused', async () => {
    const { client, namespace } = await empty();
    const failed = ApplicationFailure.nonRetryable('both addresses lead to one installation', 'WrongIdentity');
    const understudy: Understudy = {
      ...createUnderstudy({ client, pair: 'orders' }),
      setup: () => Promise.reject(new WorkflowFailedError('failed', failed, 'NO_RETRY' as never)),
    };
    const config = { pair: 'orders', schedule: { every: 900_000, catchUp: 600_000 } };
    const input = { understudy, client, connection, config, temporal: { namespace } };
    await expect(setUp(input, { paused: false }, () => {})).rejects.toBeInstanceOf(WorkflowFailedError);
    await expect(client.schedule.getHandle('sync/orders').describe()).rejects.toThrow();
  });
});

describe('The control worker', () => {
  const kept = (on: Connection, namespace: string) => {
    const lines: string[] = [];
    return {
      lines,
      ...keepSearchAttributes(on, namespace, logOf(createLog({ write: (l) => lines.push(l) }), 'control')),
    };
  };

  test('registers them, and says so once', async () => {
    const { namespace } = await empty();
    const { register, lines, stop } = kept(connection, namespace);
    await register();
    await register();
    stop();
    expect(await registered(namespace)).toEqual(expect.arrayContaining(ALL));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('registered the search attributes UnderstudyPair');
  });

  test('does not fail where it may not, and logs what a person has to do', async () => {
    const { register, lines, stop } = kept(refusing('unknown'), 'cloud');
    await register();
    await register();
    stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('--sa "UnderstudyPair=Keyword"');
  });

  test('finds out by a question where it may not list them', async () => {
    const { namespace } = await empty();
    const { operatorService, withDeadline } = refusing('known');
    const { workflowService } = connection;
    const { register, lines, stop } = kept({ operatorService, workflowService, withDeadline } as Connection, namespace);
    await register();
    expect(lines).toHaveLength(1);
    await registerSearchAttributes(connection, namespace);
    await vi.waitUntil(async () => !(await registerSearchAttributes(asRefused(), namespace)).byHand, 20_000);
    stop();

    function asRefused(): Connection {
      return { operatorService, workflowService, withDeadline } as Connection;
    }
  });

  test('says nothing where an operator has registered them', async () => {
    const { register, lines, stop } = kept(refusing('known'), 'cloud');
    await register();
    stop();
    expect(lines).toEqual([]);
  });

  test('does it before its first piece of work', async () => {
    const { namespace } = await empty();
    const stop = new AbortController();
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line) });
    const { register, stop: end } = keepSearchAttributes(connection, namespace, logOf(log, 'control'));
    const working = runParts({
      pair: 'orders',
      temporal: temporalSettings({ address: inject('temporalAddress'), namespace }),
      parts: [{ name: 'control', taskQueue: 'understudy', activities: { nothing: async () => {} }, prepare: register }],
      log,
      signal: stop.signal,
    });
    await vi.waitUntil(() => lines.some((line) => line.includes('working on queue')), { timeout: 30_000 });
    stop.abort();
    end();
    await working;
    const order = lines.map((line) => /registered the search|working on queue/.exec(line)?.[0]).filter(Boolean);
    expect(order).toEqual(['registered the search', 'working on queue']);
  });
});

test('A run that a worker has and cannot go on with is not taken for one that no worker has', () => {
  const stuck = Object.assign(new Error('Cannot query workflow due to Workflow Task in failed state.'), {
    code: 9,
    details: '',
    metadata: {},
  });
  const told = translate(stuck, { address: 'x:1', namespace: 'default', commands: {} });
  expect(told).toMatchObject({ exitCode: 6, message: expect.stringContaining('cannot go on with it') });
});
