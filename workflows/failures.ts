import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  rootCause,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

/** What a failed step looks like to the run: its type, and the sentence a person reads. */
export interface StepFailure {
  /** A type of `model/failures.ts`, or `NoAnswer` when no worker took the step or all its attempts timed out. */
  readonly type: string;
  readonly says: string;
  /** The site (or `control`) whose activity failed. */
  readonly where?: string;
}

type Located = { readonly where?: string };

/** The same failure, which tells at which site: Temporal's own does not. */
export const located = (error: unknown, where: string): unknown =>
  error instanceof ActivityFailure ? Object.assign(error, { where } satisfies Located) : error;

/** Reads a failure of an activity. Rethrows what is none: cancellation, and bugs, which must fail the workflow task. */
export function stepFailure(error: unknown): StepFailure {
  if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const { where } = error as Located;
  const place = where ? { where } : {};
  if (cause instanceof ApplicationFailure) return { type: cause.type ?? 'Unknown', says: cause.message, ...place };
  if (cause instanceof TimeoutFailure) {
    const activity = error instanceof ActivityFailure ? error.activityType : 'the step';
    const at = where ? ` at ${where}` : '';
    return {
      ...place,
      type: 'NoAnswer',
      says:
        cause.timeoutType === 'SCHEDULE_TO_START'
          ? `no worker took ${activity}${at}: the worker there does not run, or does not reach Temporal`
          : `${activity} was started${at} and its worker was not heard of again`,
    };
  }
  return { type: 'Unknown', says: rootCause(error) ?? error.message, ...place };
}

/** Ends the run with the message and type of an activity's failure, instead of "Activity task failed". */
export function endWith(error: unknown): never {
  const { type, says } = stepFailure(error);
  throw ApplicationFailure.nonRetryable(says, type);
}
