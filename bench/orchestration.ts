import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection } from '@temporalio/worker';
import { CONTROL_QUEUE } from '../model/names.ts';
import type { FailoverResult, RunStatus, SyncResult } from '../model/status.ts';
import { startTemporal } from '../worker/temporal.ts';
import { createInstantPair } from './instant-pair.ts';
import { type RealDoor, startRealDoor } from './real-door.ts';

/** Median times in milliseconds, and what the histories hold. */
export interface Orchestration {
  readonly overhead: {
    readonly ratio: number;
    readonly failoverMs: number;
    readonly bareMs: number;
    readonly activities: number;
  };
  readonly history: { readonly sync: number; readonly failover: number };
}

const PAIR = 'bench';

/**
 * A planned failover from start to commit, whose component and vault calls return at once while records, journals (fsync),
 * two approvals answered at once, one redirect and one check are real; beside as many bare activities one after the other,
 * on the same server and workers, alternating in the same run.
 */
export async function measureOrchestration(runs: number, say: (line: string) => void): Promise<Orchestration> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
  const temporal = await startTemporal({ folder, say });
  const connection = await NativeConnection.connect({ address: temporal.address });
  const clientConnection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection: clientConnection });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
    logger: QUIET,
  });
  const calls = new EventEmitter();
  const door = await startRealDoor(PAIR, ['a', 'b']);
  const pair = await createInstantPair({
    name: PAIR,
    client,
    connection,
    workflows: { workflowBundle },
    extraActivities: { bare: async () => undefined },
    redirect: door.redirect,
    check: door.check,
    plan: { redirects: [{ kind: 'webhook', name: 'door' }] },
    done: (activity) => calls.emit(activity),
  });
  const workers = await pair.start();
  try {
    await run(client, 'setup', 'setup', { pair: PAIR });
    const synced = await client.workflow.start<(input: object) => Promise<SyncResult>>('sync', {
      workflowId: 'sync',
      taskQueue: CONTROL_QUEUE,
      args: [{ pair: PAIR }],
    });
    await synced.result();
    const first = await failover(client, door, calls, 0);
    const activities = await countActivities(first.handle);
    const times: { failover: number; bare: number }[] = [];
    for (let each = 1; each <= runs; each++) {
      const bare = await timed(() => run(client, 'bareActivities', `bare/${each}`, { count: activities }));
      const moved = await failover(client, door, calls, each);
      times.push({ failover: moved.ms, bare });
      say(`run ${each}: failover ${Math.round(moved.ms)} ms, ${activities} bare activities ${Math.round(bare)} ms`);
    }
    const [failoverMs, bareMs] = [median(times.map((time) => time.failover)), median(times.map((time) => time.bare))];
    return {
      overhead: { ratio: round(failoverMs / bareMs), failoverMs: round(failoverMs), bareMs: round(bareMs), activities },
      history: { sync: await events(synced), failover: await events(first.handle) },
    };
  } finally {
    await workers.stop();
    await pair.remove();
    door.close();
    await connection.close();
    await clientConnection.close();
    await temporal.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

async function run(client: Client, type: string, workflowId: string, input: object): Promise<unknown> {
  return client.workflow.execute(type, { workflowId, taskQueue: CONTROL_QUEUE, args: [input] });
}

async function failover(
  client: Client,
  door: RealDoor,
  calls: EventEmitter,
  number: number,
): Promise<{ ms: number; handle: WorkflowHandle }> {
  const [{ move, page }, before] = [{ ...door.asked }, door.leadsTo];
  const to = before === 'a' ? 'b' : 'a';
  const input = { pair: PAIR, to, mode: 'planned', reason: 'bench' };
  const workflowId = `failover/${number}`;
  const approved = approveBoth(client.workflow.getHandle(workflowId), calls);
  const started = performance.now();
  const handle = await client.workflow.start('failover', { workflowId, taskQueue: CONTROL_QUEUE, args: [input] });
  const ended = handle.result() as Promise<FailoverResult>;
  // Whatever fails first is told.
  const { outcome, why } = await Promise.race([ended, approved.then(() => ended)]);
  if (outcome !== 'committed') throw new Error(`the failover ended as ${outcome}: ${why}`);
  const ms = performance.now() - started;
  if (door.leadsTo !== to || door.asked.move !== move + 1 || door.asked.page === page)
    throw new Error(`the failover moved no clients to ${to}, or no check looked at the door`);
  return { ms, handle };
}

/** The activity after whose answers the run asks: how often it is called until then. */
const ASKS_AFTER = [
  ['observe', 2],
  ['acceptReceipt', 1],
] as const;

/**
 * Approves what a planned failover asks, at once. It is looked at only when it is about to ask: polling it all the time
 * would keep its worker and the server busy, and be measured too.
 */
async function approveBoth(handle: WorkflowHandle, calls: EventEmitter): Promise<void> {
  const due = ASKS_AFTER.map(([activity, times]) => after(calls, activity, times));
  for (const each of due) {
    await each;
    for (;;) {
      const { ask } = await handle.query<RunStatus>('status');
      if (ask) {
        const answer = { ask: ask.id, choice: 'approve', who: 'bench', why: 'at once' };
        await handle.executeUpdate('answer', { args: [answer] });
        break;
      }
      await sleep(5);
    }
  }
}

function after(calls: EventEmitter, activity: string, times: number): Promise<void> {
  return new Promise((resolve) => {
    let left = times;
    const heard = (): void => {
      if (--left > 0) return;
      calls.off(activity, heard);
      resolve();
    };
    calls.on(activity, heard);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function countActivities(handle: WorkflowHandle): Promise<number> {
  const { events: all } = await handle.fetchHistory();
  return (all ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length;
}

const events = async (handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<number> =>
  (await handle.fetchHistory()).events?.length ?? 0;

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const round = (value: number): number => Math.round(value * 100) / 100;
