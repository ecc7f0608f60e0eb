import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { SyncResult } from '../model/status.ts';
import type { Cli } from './cli.ts';
import type { Run } from './run.ts';
import type { Understudy } from './understudy.ts';

/** Starts a sync; one that was started by hand and is in progress is as good. */
export async function startOrFind({ io }: Pick<Cli, 'io'>, understudy: Understudy): Promise<Run<SyncResult>> {
  try {
    return await understudy.sync();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    io.err(`${error.workflowId} is already in progress; looking at that one`);
    return understudy.run(error.workflowId) as Run<SyncResult>;
  }
}
