import type { Client } from '@temporalio/client';
import { PAIR } from '../../demo/scene-config.ts';
import { CONTROL_QUEUE, pairQueue, siteQueue } from '../../model/names.ts';
import type { FailoverResult, StepStatus } from '../../model/status.ts';

/** Who does an activity: control, or the site that plays this role in the failover. */
export type Doer = 'control' | 'source' | 'target';

/** One activity of a failover, as a run of the same code recorded it. */
export interface Recorded {
  /** Its id within the run: the same in every run that takes the same way. */
  readonly id: string;
  readonly activity: string;
  readonly doer: Doer;
  /** The step of the runbook that scheduled it; `plan` is what comes before the first. */
  readonly step: string;
}

/** The activities of a failover that ended, in the order in which they were scheduled. */
export async function recorded(client: Client, runId: string, result: FailoverResult): Promise<readonly Recorded[]> {
  const { events = [] } = await client.workflow.getHandle(runId).fetchHistory();
  return (events ?? []).flatMap(({ eventTime, activityTaskScheduledEventAttributes: scheduled }) => {
    if (!scheduled) return [];
    const at = Number(eventTime?.seconds) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
    const queue = scheduled.taskQueue?.name ?? '';
    const [id = '', activity = ''] = [scheduled.activityId ?? '', scheduled.activityType?.name ?? ''];
    return [{ id, activity, doer: doerOf(queue, result), step: stepAt(result.steps, at) }];
  });
}

/** Whether the answer of an activity is in the history. */
export async function answered(client: Client, runId: string, id: string): Promise<boolean> {
  const { events = [] } = await client.workflow.getHandle(runId).fetchHistory();
  const scheduled = (events ?? []).find((event) => event.activityTaskScheduledEventAttributes?.activityId === id);
  return (events ?? []).some(
    ({ activityTaskCompletedEventAttributes: completed }) =>
      completed && scheduled && `${completed.scheduledEventId}` === `${scheduled.eventId}`,
  );
}

function doerOf(queue: string, { from, to }: FailoverResult): Doer {
  if (queue === CONTROL_QUEUE || queue === pairQueue(PAIR)) return 'control';
  if (queue === siteQueue(PAIR, from)) return 'source';
  if (queue === siteQueue(PAIR, to)) return 'target';
  throw new Error(`an activity on the queue ${queue}, which nobody of this pair serves`);
}

/** A step begins in the workflow task that schedules its first activity, so the last one that had begun is the one. */
function stepAt(steps: readonly StepStatus[], at: number): string {
  return steps.findLast((step) => step.startedAt !== undefined && Date.parse(step.startedAt) <= at)?.id ?? 'plan';
}
