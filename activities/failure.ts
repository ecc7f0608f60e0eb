import { ApplicationFailure } from '@temporalio/common';
import { type FailureType, NON_RETRYABLE } from '../model/failures.ts';

/**
 * A typed failure of an activity: `message` says what happened, why, and what to do, without secrets.
 * Whether Temporal retries follows from the type alone.
 */
export function failure(
  type: FailureType,
  message: string,
  cause?: unknown,
  ...details: unknown[]
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: NON_RETRYABLE.includes(type),
    ...(cause instanceof Error ? { cause } : {}),
    ...(details.length > 0 ? { details } : {}),
  });
}

export const failureType = (error: unknown): string | undefined =>
  error instanceof ApplicationFailure ? (error.type ?? undefined) : undefined;
