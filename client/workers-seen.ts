import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { CONTROL_QUEUE } from '../model/names.ts';

/** The API's `TaskQueueType`. */
const WORKFLOW_QUEUE = 1;
/** A poll lasts a minute at most; a worker that was not seen for longer is not there. */
const RECENT_MS = 75_000;
/** A worker that has just been started needs this long to be seen. */
const LIMIT_MS = 4_000;

/** Whether a control worker polls for workflows. */
export async function workerSeen(client: Client, namespace: string, limitMs = LIMIT_MS): Promise<boolean> {
  const until = Date.now() + limitMs;
  do {
    const { pollers } = await client.connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: CONTROL_QUEUE },
      taskQueueType: WORKFLOW_QUEUE,
    });
    const seen = (pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1_000);
    if (seen.some((at) => Date.now() - at < RECENT_MS)) return true;
    await sleep(300);
  } while (Date.now() < until);
  return false;
}
