import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { CONTROL_QUEUE, syncScheduleId, syncWorkflowId } from '../model/names.ts';

export interface SyncScheduleInput {
  readonly pair: string;
  /** Milliseconds between two syncs. */
  readonly every: number;
  /** A start missed by more than this many milliseconds is left out. */
  readonly catchUp: number;
  /** Asks for it to be paused; left out: a new one runs, an existing one stays as it is. */
  readonly paused?: boolean;
}

export interface SyncScheduleResult {
  readonly id: string;
  readonly did: 'created' | 'updated';
  readonly paused: boolean;
}

/** Creates the schedule of syncs, or makes the existing one what the configuration says; its pause and note are kept. */
export async function applySyncSchedule(client: Client, input: SyncScheduleInput): Promise<SyncScheduleResult> {
  const id = syncScheduleId(input.pair);
  const handle = client.schedule.getHandle(id);
  const wanted = definition(input);
  try {
    let paused = false;
    await handle.update((previous) => {
      paused = previous.state.paused || input.paused === true;
      const note = previous.state.note ?? (input.paused && !previous.state.paused ? PAUSED_NOTE : undefined);
      return { ...wanted, state: { paused, ...(note === undefined ? {} : { note }) } };
    });
    return { id, did: 'updated', paused };
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
  const paused = input.paused === true;
  await client.schedule.create({
    ...wanted,
    scheduleId: id,
    state: paused ? { paused, note: PAUSED_NOTE } : { paused },
  });
  return { id, did: 'created', paused };
}

/** Whether this Temporal has the schedule of the pair's syncs: the pair was set up here before. */
export async function hasSyncSchedule(client: Client, pair: string): Promise<boolean> {
  try {
    await client.schedule.getHandle(syncScheduleId(pair)).describe();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

const PAUSED_NOTE = 'paused by understudy setup --paused';

function definition({ pair, every, catchUp }: SyncScheduleInput) {
  return {
    spec: { intervals: [{ every }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'sync',
      workflowId: syncWorkflowId(pair),
      args: [{ pair }],
      taskQueue: CONTROL_QUEUE,
      staticSummary: `sync ${pair}, scheduled`,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchUp },
  };
}
