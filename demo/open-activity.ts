import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/** An activity that a worker had in its hands when somebody looked. */
export interface OpenActivity {
  /** Its id within the run. */
  readonly id: string;
  readonly attempt: number;
}

/** What is asked of a workflow: whether it goes on, and the activities that are pending. */
export interface Look {
  readonly running: boolean;
  readonly pending: readonly (OpenActivity & { readonly type: string; readonly started: boolean })[];
}

const EVERY_MS = 20;

/** The first attempt of this kind that a worker has, or undefined once the run has ended, or the time is over. */
export async function openActivity(
  look: () => Promise<Look>,
  type: string,
  limit: number,
): Promise<OpenActivity | undefined> {
  const until = Date.now() + limit;
  while (Date.now() < until) {
    const { running, pending } = await look();
    const open = pending.find((each) => each.type === type && each.started);
    if (open) return { id: open.id, attempt: open.attempt };
    if (!running) return undefined;
    await sleep(EVERY_MS);
  }
  return undefined;
}

export async function lookAt(client: Client, workflowId: string): Promise<Look> {
  const { status, raw } = await client.workflow.getHandle(workflowId).describe();
  return {
    running: status.name === 'RUNNING',
    pending: (raw.pendingActivities ?? []).map((each) => ({
      id: each.activityId ?? '',
      type: each.activityType?.name ?? '',
      attempt: each.attempt ?? 1,
      // 2: started, i.e. a worker has it in its hands.
      started: each.state === 2,
    })),
  };
}

interface HistoryEvent {
  readonly eventId?: unknown;
  readonly eventTime?: { readonly seconds?: unknown; readonly nanos?: number | null } | null;
  readonly activityTaskScheduledEventAttributes?: {
    readonly activityId?: string | null;
    readonly activityType?: { readonly name?: string | null } | null;
  } | null;
  readonly activityTaskCompletedEventAttributes?: { readonly scheduledEventId?: unknown } | null;
  readonly activityTaskStartedEventAttributes?: {
    readonly scheduledEventId?: unknown;
    readonly attempt?: number | null;
  } | null;
}

/** At which attempt an activity ended, by the server's history: 1 if no attempt was lost, 0 if it has not ended there. */
export function attemptsOf(events: readonly HistoryEvent[], activityId: string): number {
  const scheduled = events.find((event) => event.activityTaskScheduledEventAttributes?.activityId === activityId);
  const started = events.find(
    ({ activityTaskStartedEventAttributes: each }) =>
      each && scheduled && `${each.scheduledEventId}` === `${scheduled.eventId}`,
  );
  return started ? (started.activityTaskStartedEventAttributes?.attempt ?? 1) : 0;
}

/** From when to when, in milliseconds of the server's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When the first activity of this kind was scheduled, and when it was completed, by the server's history. */
export function spanOf(events: readonly HistoryEvent[], type: string): Span | undefined {
  const scheduled = events.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === type);
  const completed = events.find(
    ({ activityTaskCompletedEventAttributes: each }) =>
      each && scheduled && `${each.scheduledEventId}` === `${scheduled.eventId}`,
  );
  return scheduled && completed ? { from: timeOf(scheduled), to: timeOf(completed) } : undefined;
}

const timeOf = ({ eventTime }: HistoryEvent): number =>
  Number(eventTime?.seconds ?? Number.NaN) * 1_000 + Math.round((eventTime?.nanos ?? 0) / 1e6);
