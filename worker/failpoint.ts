import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/**
 * A facility of tests, and nothing without its variable: stops an activity right before or right after its effect, so
 * that a test can kill a process exactly there. `UNDERSTUDY_FAILPOINT` is the path of a file that says where to stop, and
 * that need not exist: workers which share it are told at any time. The first activity that fits takes the file away,
 * writes `<file>.held`, prints a line, and waits until it is killed or `<file>.held` is removed. If there is
 * `<file>.unread` then, its process stands still once the answer is sent, until that one is removed: a control worker
 * reads the answers of its own activities, and would go on before anybody could kill it.
 */
export const FAILPOINT_VARIABLE = 'UNDERSTUDY_FAILPOINT';

/** What the file says, as JSON. */
export interface Failpoint {
  /** Type of the activity. */
  readonly activity: string;
  /** Workflow id of the run. */
  readonly run: string;
  /** The activity's id within its run; absent: whichever is the first of this type. */
  readonly id?: string;
  readonly moment: 'before-effect' | 'after-effect';
}

/** What `<file>.held` says, as JSON. */
export interface Held extends Failpoint {
  readonly id: string;
  readonly attempt: number;
  readonly pid: number;
}

const POLL_MS = 10;

export function failpoint(environment: NodeJS.ProcessEnv): ActivityInterceptorsFactory[] {
  const file = environment[FAILPOINT_VARIABLE];
  if (!file) return [];
  return [
    ({ info }: Context) => ({
      inbound: {
        async execute(input, next) {
          await stopHere(file, info, 'before-effect');
          const result = await next(input);
          if (await stopHere(file, info, 'after-effect')) standStill(`${file}.unread`);
          return result;
        },
      },
    }),
  ];
}

async function stopHere(file: string, info: Context['info'], moment: Failpoint['moment']): Promise<boolean> {
  const wanted = read(file);
  if (wanted?.activity !== info.activityType || wanted.moment !== moment) return false;
  if (wanted.run !== info.workflowExecution?.workflowId || (wanted.id ?? info.activityId) !== info.activityId)
    return false;
  try {
    renameSync(file, `${file}.taken`);
  } catch {
    // Another process was quicker.
    return false;
  }
  const held: Held = { ...wanted, id: info.activityId, attempt: info.attempt, pid: process.pid };
  writeFileSync(`${file}.writing`, JSON.stringify(held));
  renameSync(`${file}.writing`, `${file}.held`);
  process.stderr.write(`stopped by ${FAILPOINT_VARIABLE} at ${info.activityType}, ${moment}\n`);
  while (existsSync(`${file}.held`)) await sleep(POLL_MS);
  return true;
}

/** Blocks the thread as soon as the answer was handed to the SDK's core, which sends it from a thread of its own. */
function standStill(file: string): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  setImmediate(() => {
    while (existsSync(file)) Atomics.wait(cell, 0, 0, POLL_MS);
  });
}

function read(file: string): Failpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Failpoint;
  } catch {
    return undefined;
  }
}
