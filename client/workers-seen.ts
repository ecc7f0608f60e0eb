import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { polled } from '../activities/control/pollers.ts';
import { CONTROL_QUEUE, pairQueue, siteQueue } from '../model/names.ts';

/** A worker that has just been started needs this long to be seen. */
const LIMIT_MS = 4_000;

/** Whether the pair's control worker polls, for workflows too. One that has just been started is waited for. */
export async function workerSeen(client: Client, pair: string, limitMs = LIMIT_MS): Promise<boolean> {
  const until = Date.now() + limitMs;
  do {
    const seen = [polled(client, CONTROL_QUEUE, 'workflow'), polled(client, pairQueue(pair), 'activity')];
    if ((await Promise.all(seen)).every(Boolean)) return true;
    await sleep(300);
  } while (Date.now() < until);
  return false;
}

/** Of these sites, those whose queue no worker polls now. */
export async function sitesWithoutWorker(
  client: Client,
  pair: string,
  sites: readonly string[],
): Promise<readonly string[]> {
  const seen = await Promise.all(sites.map((site) => polled(client, siteQueue(pair, site), 'activity')));
  return sites.filter((_, index) => !seen[index]);
}
