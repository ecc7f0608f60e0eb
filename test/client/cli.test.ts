import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { CONTROL_QUEUE, pairQueue } from '../../model/names.ts';
import { createLog } from '../../worker/log.ts';
import { runParts } from '../../worker/run-parts.ts';
import { temporalSettings } from '../../worker/temporal-settings.ts';
import { GOOD } from '../config/base.ts';
import { fakeTerminal, type Terminal, understudy } from './fake-terminal.ts';
import { ownNamespace } from './own-namespace.ts';

/** The command line against a real Temporal; the workflows are stand-ins that show the same outside. */

const stopWorking = new AbortController();
let folder: string;
let config: string[];
let namespace: string;
let working: Promise<void>;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  const address = inject('temporalAddress');
  Runtime.install({
    logger: createLog({ level: 'ERROR' }),
    telemetryOptions: { logging: { forward: {} } },
    shutdownSignals: [],
  });
  namespace = await ownNamespace(address);
  folder = await mkdtemp(join(tmpdir(), 'understudy-cli-'));
  const file = join(folder, 'understudy.yaml');
  await writeFile(file, `${GOOD}\ntemporal: { address: "${address}", namespace: ${namespace} }\n`);
  config = ['--config', file];
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  const told: string[] = [];
  working = runParts({
    pair: 'orders',
    temporal: temporalSettings({ address, namespace }),
    parts: [
      {
        name: 'control',
        taskQueue: CONTROL_QUEUE,
        activities: { nothing: async () => {} },
        workflows: { path: fileURLToPath(new URL('./stand-in/workflows.ts', import.meta.url)) },
      },
      { name: 'control', taskQueue: pairQueue('orders'), activities: { nothing: async () => {} } },
    ],
    log: createLog({ write: (line) => told.push(line) }),
    signal: stopWorking.signal,
  });
  await vi.waitUntil(() => told.some((line) => line.includes('working on queue')), { timeout: 60_000 });
}, 120_000);

afterAll(async () => {
  stopWorking.abort();
  await working;
  await connection?.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** What the test has on its screens. */
const terminals: Terminal[] = [];
const run = (...argv: string[]) => runOn(fakeTerminal(), ...argv);
const runOn = (terminal: Terminal, ...argv: string[]) => {
  terminals.push(terminal);
  return understudy([...argv, ...config], terminal);
};

const runsOn = (...shown: Terminal[]): ReadonlySet<string> => {
  const texts = shown.flatMap(({ stdout, stderr }) => [...stdout, ...stderr]);
  return new Set(texts.join('\n').match(/failover\/orders\/[\dT-]+/g));
};

/** Runs in progress do not outlive their test. Told by the screens: the server's list lags behind. */
afterEach(async () => {
  for (const id of runsOn(...terminals.splice(0))) {
    await client.workflow
      .getHandle(id)
      .terminate('end of the test')
      .catch(() => {});
  }
});

/** The server's list of runs lags behind, on a loaded machine longer than it takes to type the next command. */
async function listed(id: string): Promise<void> {
  // Two runs of one minute have one id.
  const { runId } = await client.workflow.getHandle(id).describe();
  const isThere = async () => {
    for await (const each of client.workflow.list({ query: `WorkflowId = '${id}'` })) {
      if (each.runId === runId && each.status.name === 'RUNNING') return true;
    }
    return false;
  };
  await vi.waitUntil(isThere, { timeout: 20_000, interval: 100 });
}

async function startedFailover(...more: string[]): Promise<string> {
  const ended = await run(
    'failover',
    '--to',
    'dc2',
    '--mode',
    'planned',
    '--reason',
    'test',
    '--yes',
    '--no-wait',
    '--json',
    ...more,
  );
  expect(ended).toMatchObject({ code: 0 });
  const { run: id } = ended.json() as { run: string };
  await listed(id);
  return id;
}

/** Until the run that is followed there shows what it waits for, and the next command finds it. */
async function asking(terminal: Terminal): Promise<void> {
  await vi.waitUntil(() => terminal.stderr.some((text) => text.includes('Answer with')), { timeout: 20_000 });
  for (const id of runsOn(terminal)) await listed(id);
}

describe('setup', () => {
  test('registers search attributes, makes records, the schedule and the pair, and says so', async () => {
    const ended = await run('setup', '--json');
    expect(ended.code, ended.err).toBe(0);
    expect(ended.json()).toMatchObject({
      searchAttributes: { added: expect.arrayContaining(['UnderstudyPair', 'UnderstudyRecoveryPointAge']) },
      records: { active: 'dc1' },
      schedule: { id: 'sync/orders', did: 'created', paused: false },
    });
    const { policies, action, spec } = await client.schedule.getHandle('sync/orders').describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 600_000 });
    expect(action).toMatchObject({
      workflowType: 'sync',
      workflowId: 'sync/orders',
      taskQueue: 'understudy',
      args: [{ pair: 'orders' }],
    });
    expect(spec.intervals).toMatchObject([{ every: 900_000 }]);
    await expect(client.workflow.getHandle('pair/orders').describe()).resolves.toMatchObject({
      status: { name: 'RUNNING' },
    });
  });

  test('repeated, keeps the pause and the note of its schedule, and the running pair', async () => {
    const schedule = client.schedule.getHandle('sync/orders');
    await schedule.pause('storage migration');
    const before = await client.workflow.getHandle('pair/orders').describe();
    const ended = await run('setup', '--json');
    expect(ended.json()).toMatchObject({ searchAttributes: { added: [] }, schedule: { did: 'updated', paused: true } });
    expect((await schedule.describe()).state).toMatchObject({ paused: true, note: 'storage migration' });
    expect((await client.workflow.getHandle('pair/orders').describe()).runId).toBe(before.runId);
  });
});

describe('sync', () => {
  test('follows the run, shows its steps on standard error and its result on standard output', async () => {
    const ended = await run('sync');
    expect(ended.code, ended.err).toBe(0);
    expect(ended.err).toMatch(/sync of orders: dc1 → dc2[\s\S]*Backup +running[\s\S]*Backup +done[\s\S]*12 MB/);
    expect(ended.err).toContain(
      'no worker of dc1 was seen; steps there wait for one: understudy worker --part site:dc1',
    );
    expect(ended.out).toBe('synced dc1 → dc2: point e1.s8 of 2026-11-24 03:00:00Z, 12.0 MB');
  });

  test('a second sync by hand looks at the one in progress', async () => {
    const [first, second] = await Promise.all([run('sync', '--json'), run('sync', '--json')]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.err + second.err).toContain('already in progress');
  });
});

describe('failover', () => {
  test('shows topology and plan and asks one question that names the site to be demoted; no starts nothing', async () => {
    const ended = await runOn(fakeTerminal(['n']), 'failover', '--to', 'dc2', '--mode', 'planned', '--reason', 'test');
    expect(ended.code).toBe(3);
    expect(ended.err).toMatch(/dc1 +active[\s\S]*Plan: planned failover dc1 → dc2[\s\S]*Approvals +start, cutover/);
    expect(ended.asked).toEqual(['Demote dc1 and make dc2 active? [y/N] ']);
    expect(ended.err).toContain('Nothing was started.');
    expect((await run('status', '--json')).json()).toMatchObject({ inProgress: [] });
    const argv = ['failover', '--to', 'dc2', '--mode', 'planned', '--reason', 'test', '--json'];
    expect((await runOn(fakeTerminal(['n']), ...argv)).json()).toEqual({ started: false });
  });

  test('unplanned, the name of the site that is given up must be typed', async () => {
    const argv = ['failover', '--to', 'dc2', '--mode', 'unplanned', '--reason', 'test', '--no-wait'];
    expect(await runOn(fakeTerminal(['yes']), ...argv)).toMatchObject({ code: 3 });
    expect(await runOn(fakeTerminal(['dc1']), ...argv)).toMatchObject({ code: 0 });
  });

  test('without a person to ask and without --yes it is refused', async () => {
    const ended = await run('failover', '--to', 'dc2', '--mode', 'planned', '--reason', 'test');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.err).toContain('--yes');
  });

  test('a second failover is busy while one is in progress', async () => {
    const first = await startedFailover();
    const ended = await run('failover', '--to', 'dc2', '--mode', 'planned', '--reason', 'again', '--yes');
    expect(ended).toMatchObject({ code: 5 });
    expect(ended.err).toContain(first);
  });

  test('shows the ask with its facts and the commands that answer it; approved elsewhere, it goes on to its report', async () => {
    const terminal = fakeTerminal();
    const following = runOn(terminal, 'failover', '--to', 'dc2', '--mode', 'planned', '--reason', 'test', '--yes');
    await asking(terminal);
    const shown = terminal.stderr.join('\n');
    expect(shown).toMatch(
      /\? Promote dc2\?[\s\S]*receipt e1\.s9: 120 equal[\s\S]*understudy approve --ask cutover-\w{6} --why "…"/,
    );
    const answered = await run('approve', '--why', 'change 4711', '--who', 'Ada', '--yes');
    expect(answered.code, answered.err).toBe(0);
    const ended = await following;
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(
      /committed: dc1 → dc2[\s\S]*RPO +nothing lost of what was accepted before the freeze[\s\S]*RTO +1 min 1 s[\s\S]*Ada, change 4711/,
    );
  });

  test('rejected, it ends with 3', async () => {
    const terminal = fakeTerminal();
    const following = runOn(
      terminal,
      'failover',
      '--to',
      'dc2',
      '--mode',
      'planned',
      '--reason',
      'test',
      '--yes',
      '--json',
    );
    await asking(terminal);
    await run('reject', '--why', 'not today', '--yes');
    const ended = await following;
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.json()).toMatchObject({ result: { outcome: 'rejected', why: 'not today' } });
  });

  test('Ctrl-C leaves the run going, says so and how to go on', async () => {
    const terminal = fakeTerminal();
    const following = runOn(terminal, 'failover', '--to', 'dc2', '--mode', 'planned', '--reason', 'test', '--yes');
    await asking(terminal);
    terminal.interrupt();
    const ended = await following;
    expect(ended.code).toBe(130);
    expect(ended.err).toMatch(/failover\/orders\/\S+ goes on without us[\s\S]*understudy status --watch/);
    expect((await run('status', '--json')).json()).toMatchObject({ inProgress: [{ status: { kind: 'failover' } }] });
  });

  test('--timeout ends with 4 when the run waits for a person', async () => {
    const ended = await run(
      'failover',
      '--to',
      'dc2',
      '--mode',
      'planned',
      '--reason',
      'test',
      '--yes',
      '--timeout',
      '10s',
    );
    expect(ended).toMatchObject({ code: 4 });
  });

  test('an unknown site is told before anything is asked', async () => {
    const ended = await run('failover', '--to', 'dc9', '--mode', 'planned', '--reason', 'test', '--json');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.json()).toMatchObject({ error: { message: 'there is no site "dc9": dc1, dc2' } });
  });
});

describe('answers', () => {
  test('nothing waits: refused', async () => {
    expect(await run('approve', '--why', 'x', '--yes')).toMatchObject({
      code: 3,
      err: expect.stringContaining('nothing waits'),
    });
  });

  test('a lapsed ask is refused, and what waits now is named', async () => {
    await startedFailover();
    const ended = await run('approve', '--ask', 'cutover-000000', '--why', 'x', '--yes');
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.err).toMatch(
      /"cutover-000000" does not wait[\s\S]*What waits now:[\s\S]*cutover-\w{6} {2}Promote dc2\?/,
    );
  });

  test('what the run itself refuses is told in its words', async () => {
    await startedFailover();
    const ended = await run('approve', '--why', 'x', '--who', 'Mallory', '--yes');
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.err).toContain('"Mallory" is not on the list of approvers');
  });

  test('a choice that the question does not have is refused with those it has', async () => {
    await startedFailover();
    const ended = await run('answer', 'skip', '--why', 'x', '--yes');
    expect(ended.err).toMatch(/"skip" is no choice of cutover-\w{6}: approve, reject/);
  });

  test('a reason is required, before anything is looked up', async () => {
    expect(await run('approve', '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('--why') });
  });

  test('the ask is shown and confirmed once; no answers nothing', async () => {
    await startedFailover();
    const ended = await runOn(fakeTerminal(['n']), 'reject', '--why', 'x');
    expect(ended).toMatchObject({ code: 3, asked: ['Answer reject? [y/N] '] });
    expect(ended.err).toContain('nothing is lost');
    expect((await run('status', '--json')).json()).toMatchObject({ inProgress: [{ status: { ask: {} } }] });
    const json = await runOn(fakeTerminal(['n']), 'reject', '--why', 'x', '--json');
    expect(json.json()).toMatchObject({ ask: expect.stringMatching(/^cutover-/), answered: false });
  });
});

describe('pause and resume', () => {
  test('of the pair', async () => {
    expect(await run('pause', '--why', 'migration')).toMatchObject({ code: 0, out: 'pair orders: paused' });
    expect((await run('status', '--json')).json()).toMatchObject({ state: 'PAUSED' });
    expect((await run('status')).out).toMatch(/State +PAUSED\n +Paused +by \S+: migration\n/);
    expect(await run('resume')).toMatchObject({ code: 0, out: 'pair orders: resumed' });
    expect((await run('status', '--json')).json()).toMatchObject({ state: 'PROTECTED' });
    expect(await run('resume')).toMatchObject({ code: 0, out: 'pair orders: no pause was seen' });
  });

  test('of one run', async () => {
    const id = await startedFailover();
    await run('pause', '--run', id, '--why', 'coffee', '--who', 'Ada');
    expect((await run('status')).out).toContain('paused by Ada: coffee');
    expect(await run('resume', '--run', id)).toMatchObject({ code: 0, out: `${id}: resumed` });
    expect((await run('status')).out).not.toContain('paused by Ada');
    expect(await run('resume', '--run', id)).toMatchObject({ code: 0, out: `${id}: no pause was seen` });
  });
});

describe('looking', () => {
  test('status is one screen: pair, sites, runs in progress with their ask', async () => {
    await startedFailover();
    const { out } = await run('status');
    expect(out).toMatch(
      /State +PROTECTED[\s\S]*Active +dc1[\s\S]*RPO now[\s\S]*point e1\.s7[\s\S]*dc2 +standby[\s\S]*Runs in progress[\s\S]*Promote dc2\?/,
    );
  });

  test('status --watch --json writes one JSON object a line until Ctrl-C', async () => {
    const terminal = fakeTerminal();
    const watching = runOn(terminal, 'status', '--watch', '--every', '100ms', '--json');
    await vi.waitUntil(() => terminal.stdout.length >= 2, { timeout: 20_000 });
    terminal.interrupt();
    const { code, out } = await watching;
    expect(code).toBe(0);
    for (const line of out.split('\n')) expect(JSON.parse(line)).toMatchObject({ pair: 'orders', state: 'PROTECTED' });
  });

  test('points: one table a vault, and why one could not be read', async () => {
    const { out } = await run('points');
    expect(out).toBe('Vault of dc1\n  no recovery points yet\n\nVault of dc2\n  no answer');
  });

  test('check: errors first, what to do beneath, exit code 1', async () => {
    const ended = await run('check');
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.out).toMatch(
      /error +dc2 +licence +expired\nok[\s\S]*To do\n {2}dc2 licence: renew it[\s\S]*1 error, 0 warnings/,
    );
  });

  test('status asks the sites when the workflow "pair" has not looked yet or does not run', async () => {
    await client.workflow.getHandle('pair/orders').terminate('as a test');
    const ended = await run('status');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.out).toContain('the workflow "pair" has not looked yet or does not run');
    expect(await run('pause', '--why', 'x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('understudy setup'),
    });
  });
});
