import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@temporalio/common';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { failpoint } from './failpoint.ts';
import { activityInterceptors, type Secrets } from './interceptors.ts';
import { logOf, messages } from './log.ts';
import type { TemporalSettings } from './temporal-settings.ts';

/** One part of a worker process: a queue, what is done for it, and whether workflows run there. */
export interface RunnablePart {
  readonly name: string;
  readonly taskQueue: string;
  readonly activities: object;
  readonly workflows?: WorkflowSource;
  /** What has to be so before its work begins; done anew whenever Temporal was away. It never fails. */
  readonly prepare?: () => Promise<void>;
  /** What must not be told of an unforeseen error. */
  readonly secrets?: Secrets;
}

/** A bundle built before (what is shipped), or the sources (tests). */
export type WorkflowSource = { readonly bundle: string } | { readonly path: string };

export interface RunPartsOptions {
  readonly pair: string;
  readonly temporal: TemporalSettings;
  readonly parts: readonly RunnablePart[];
  readonly log: Logger;
  /** Aborted: finish what is at hand and return. */
  readonly signal: AbortSignal;
  /** All of them work, for the first time. */
  readonly onWorking?: (() => void) | undefined;
}

/** Waits between attempts to reach Temporal: short at first, since it often starts at the same time as we do. */
const WAITS_MS = [500, 1_000, 2_000, 5_000];

/**
 * Does the work of these parts until `signal` is aborted. Temporal may come later than we do, go away and come back:
 * that only makes us wait. Returns after the running activities ended or were given their time.
 */
export async function runParts(options: RunPartsOptions): Promise<void> {
  const { temporal, signal, log } = options;
  let { onWorking } = options;
  const working = (): void => {
    for (const { name, taskQueue } of options.parts) log.info(`${name}: working on queue ${taskQueue}`);
    onWorking?.();
    onWorking = undefined;
  };
  for (let failures = 0; !signal.aborted; ) {
    let connection: NativeConnection | undefined;
    try {
      connection = await NativeConnection.connect({ ...temporal.connection });
      const workers = await createWorkers(options, connection);
      log.info(`connected to Temporal at ${temporal.address}, namespace ${temporal.namespace}`);
      failures = 0;
      await Promise.all(options.parts.map((part) => part.prepare?.()));
      await runUntilStopped(workers, options, working);
    } catch (error) {
      if (signal.aborted) break;
      const wait = WAITS_MS[Math.min(failures++, WAITS_MS.length - 1)] as number;
      log.warn(`Temporal at ${temporal.address} cannot be worked for; trying again every ${wait / 1_000} s`, { error });
      await sleep(wait, undefined, { signal }).catch(() => {});
    } finally {
      await connection?.close().catch((error) => log.warn(`connection not closed: ${messages(error)}`));
    }
  }
}

function createWorkers(options: RunPartsOptions, connection: NativeConnection): Promise<readonly Worker[]> {
  const { pair, temporal, log } = options;
  return Promise.all(
    options.parts.map((part) =>
      Worker.create({
        connection,
        namespace: temporal.namespace,
        taskQueue: part.taskQueue,
        identity: `understudy ${pair} ${part.name} ${process.pid}@${hostname()}`,
        activities: part.activities,
        interceptors: {
          activity: [
            ...failpoint(process.env),
            activityInterceptors(logOf(log, part.name), part.secrets ?? (async () => [])),
          ],
        },
        ...LIMITS,
        ...(part.workflows ? workflowOptions(part.workflows) : {}),
      }),
    ),
  );
}

const LIMITS = {
  // Most steps end within this; what is cut off is done again by the next worker, which observes before it acts.
  shutdownGraceTime: '20 seconds',
  // Below what service managers wait for (systemd: 90 s) before they kill.
  shutdownForceTime: '60 seconds',
  // A cancellation reaches an activity with the answer to a heartbeat only.
  maxHeartbeatThrottleInterval: '3 seconds',
  defaultHeartbeatThrottleInterval: '2 seconds',
  // A site does one thing at a time; the rest are observations and checks.
  maxConcurrentActivityTaskExecutions: 20,
} as const satisfies Partial<WorkerOptions>;

function workflowOptions(source: WorkflowSource): Partial<WorkerOptions> {
  // About 1 MB each: enough for every run of a pair at once, and little beside the process itself.
  const cache = { maxCachedWorkflows: 50 };
  return 'bundle' in source
    ? { ...cache, workflowBundle: { codePath: source.bundle } }
    : { ...cache, workflowsPath: source.path };
}

/** Runs them all. If one ends by itself, the others end too, and the reason is thrown. */
async function runUntilStopped(
  workers: readonly Worker[],
  { signal, parts, log }: RunPartsOptions,
  working: () => void,
): Promise<void> {
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map(async (worker, index) => {
    try {
      await worker.run();
    } finally {
      log.info(`${parts[index]?.name}: stopped`);
      stop();
    }
  });
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  working();
  try {
    await Promise.all(runs);
  } finally {
    await Promise.allSettled(runs);
    signal.removeEventListener('abort', stop);
  }
}
