import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createInstantPair, type InstantPair } from '../../bench/instant-pair.ts';
import { CONTROL_QUEUE } from '../../model/names.ts';
import type { FailoverResult, SyncResult } from '../../model/status.ts';
import { registerSearchAttributes } from '../../worker/search-attributes.ts';
import { ownNamespace } from '../client/own-namespace.ts';
import { establishRecords } from '../site/establish-records.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });

/** Two pairs in one namespace: both control workers serve the queue where every workflow starts. */

const NAMES = ['orders', 'maps'] as const;
const pairs: InstantPair[] = [];
const workers: { stop(): Promise<void> }[] = [];
let connection: Connection;
/** A worker process each. */
const natives: NativeConnection[] = [];
let client: Client;

beforeAll(async () => {
  const address = inject('temporalAddress');
  const namespace = await ownNamespace(address);
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  await registerSearchAttributes(connection, namespace);
  for (const name of NAMES) {
    const native = await NativeConnection.connect({ address });
    natives.push(native);
    const pair = await createInstantPair({
      ...{ name, client, connection: native },
      workflows: { workflowBundle: { codePath: inject('workflowBundle') } },
      plan: { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } },
    });
    pairs.push(pair);
    await establishRecords(pair, name);
    workers.push(await pair.start());
  }
});

afterAll(async () => {
  await Promise.all(workers.map((each) => each.stop()));
  await Promise.all(pairs.map((each) => each.remove()));
  await Promise.all(natives.map((each) => each.close()));
  await connection?.close();
});

const start = async <Result>(type: string, workflowId: string, input: object): Promise<Result> => {
  const run = { workflowId, taskQueue: CONTROL_QUEUE, args: [input] };
  return client.workflow.execute(type, run) as Promise<Result>;
};

test('each run is done by the workers of its own pair, whichever takes it first', async () => {
  const rounds = [1, 2, 3, 4];
  const synced = rounds.flatMap((round) =>
    NAMES.map((pair) => () => start<SyncResult>('sync', `sync/${pair}/${round}`, { pair })),
  );
  // One after the other for each pair, both pairs at a time.
  for (let each = 0; each < synced.length; each += 2) {
    const both = await Promise.all(synced.slice(each, each + 2).map((begin) => begin()));
    expect(both).toMatchObject([{ outcome: 'synced' }, { outcome: 'synced' }]);
  }
  const moved = await Promise.all(
    NAMES.map((pair) =>
      start<FailoverResult>('failover', `failover/${pair}/1`, { pair, to: 'b', mode: 'planned', reason: 'a test' }),
    ),
  );
  expect(moved).toMatchObject([{ outcome: 'committed' }, { outcome: 'committed' }]);
  expect(pairs.map(({ door }) => door.leadsTo)).toEqual(['b', 'b']);
});

test('a pair that nobody knows is refused at once, whichever worker is asked', async () => {
  for (let each = 0; each < 4; each++) {
    const run = start('sync', `sync/order/${each}`, { pair: 'order' });
    await expect(run).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringMatching(/a right input has "pair": "(orders|maps)"/) },
    });
  }
});
