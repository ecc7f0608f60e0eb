import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { EXAMPLES } from '../model/inputs.ts';

/** Ends a run of a type that is none, such as a mistyped one: the server would offer it to workers for ever. */
export async function unknownType(): Promise<never> {
  throw ApplicationFailure.nonRetryable(
    `"${workflowInfo().workflowType}" is no workflow type here; the types are failover, inspect, pair, setup and sync, ` +
      `for example sync with the input ${EXAMPLES.sync}`,
    'InvalidInput',
  );
}
