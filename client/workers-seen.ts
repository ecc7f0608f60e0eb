import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { CONTROL_QUEUE, siteQueue } from '../model/names.ts';

/** The API's `TaskQueueType`. */
const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;
/** A poll lasts a minute at most; a worker that was not seen for longer is not there. */
const RECENT_MS = 75_000;
/** A worker that has just been started needs this long to be seen. */
const LIMIT_MS = 4_000;

/** Whether a control worker polls for workflows. One that has just been started is waited for. */
export async function workerSeen(client: Client, namespace: string, limitMs = LIMIT_MS): Promise<boolean> {
  const until = Date.now() + limitMs;
  do {
    if (await polled(client, namespace, CONTROL_QUEUE, WORKFLOW_QUEUE)) return true;
    await sleep(300);
  } while (Date.now() < until);
  return false;
}

/** Of these sites, those whose queue no worker polls now. */
export async function sitesWithoutWorker(
  client: Client,
  namespace: string,
  pair: string,
  sites: readonly string[],
): Promise<readonly string[]> {
  const seen = await Promise.all(sites.map((site) => polled(client, namespace, siteQueue(pair, site), ACTIVITY_QUEUE)));
  return sites.filter((_, index) => !seen[index]);
}

async function polled(client: Client, namespace: string, queue: string, taskQueueType: number): Promise<boolean> {
  const { workflowService } = client.connection;
  const { pollers } = await workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType });
  const seen = (pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1_000);
  return seen.some((at) => Date.now() - at < RECENT_MS);
}
