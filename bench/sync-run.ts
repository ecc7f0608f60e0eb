import type { Client } from '@temporalio/client';
import { PAIR } from '../demo/scene-config.ts';
import { CONTROL_QUEUE } from '../model/names.ts';
import type { SyncResult } from '../model/status.ts';

type Histories = Pick<Awaited<ReturnType<Client['workflow']['start']>>, 'fetchHistory'>;

/** Runs a sync to its end. Milliseconds of each kind of activity, from being scheduled to its result. */
export async function runSync(client: Client, id: string): Promise<Record<string, number>> {
  const handle = await client.workflow.start<(input: object) => Promise<SyncResult>>('sync', {
    workflowId: `sync/${id}`,
    taskQueue: CONTROL_QUEUE,
    args: [{ pair: PAIR }],
  });
  const result = await handle.result();
  if (result.outcome !== 'synced') throw new Error(`the sync ended as ${result.outcome}: ${result.why}`);
  return activityTimes(handle);
}

async function activityTimes(handle: Histories): Promise<Record<string, number>> {
  const { events } = await handle.fetchHistory();
  const started = new Map<string, { readonly name: string; readonly at: number }>();
  const times: Record<string, number> = {};
  for (const event of events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) * 1000 + (event.eventTime?.nanos ?? 0) / 1e6;
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) started.set(String(event.eventId), { name: scheduled.activityType?.name ?? '', at });
    const { scheduledEventId } = event.activityTaskCompletedEventAttributes ?? {};
    const from = started.get(String(scheduledEventId));
    if (from) times[from.name] = Math.round((times[from.name] ?? 0) + at - from.at);
  }
  return times;
}
