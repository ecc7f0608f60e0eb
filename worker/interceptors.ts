import type { Context } from '@temporalio/activity';
import type { Logger } from '@temporalio/common';
import { ApplicationFailure, CompleteAsyncError, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { failure } from '../activities/failure.ts';
import type { FailureType } from '../model/failures.ts';
import { messages } from './log.ts';

/**
 * What an activity throws becomes one of our failures, so that a run decides by type and a person reads a sentence. Our
 * own pass through. The others are faults of the surroundings, or of ours: told by their message.
 */
export function activityInterceptors(log: Pick<Logger, 'warn'>): ActivityInterceptorsFactory {
  return (context: Context) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          const told = knownFailure(error);
          if (told !== error) log.warn(`${context.info.activityType} failed in an unforeseen way`, { error });
          throw told;
        }
      },
    },
  });
}

/** The failure that stands for any error; Temporal's own, ours and cancellations stay what they are. */
export function knownFailure(error: unknown): unknown {
  if (error instanceof TemporalFailure || error instanceof CompleteAsyncError || isAbort(error)) return error;
  const type = typeOf(error);
  if (type !== undefined) return failure(type, messages(error));
  return ApplicationFailure.create({
    type: 'Unforeseen',
    message: messages(error),
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

const BY_CODE: Readonly<Record<string, FailureType>> = {
  ENOSPC: 'NoSpace',
  EDQUOT: 'NoSpace',
  ECONNREFUSED: 'Unavailable',
  ECONNRESET: 'Unavailable',
  EHOSTUNREACH: 'Unavailable',
  ENETUNREACH: 'Unavailable',
  ENOTFOUND: 'Unavailable',
  EAI_AGAIN: 'Unavailable',
  EPIPE: 'Unavailable',
  ETIMEDOUT: 'Unavailable',
  UND_ERR_CONNECT_TIMEOUT: 'Unavailable',
  UND_ERR_HEADERS_TIMEOUT: 'Unavailable',
  UND_ERR_BODY_TIMEOUT: 'Unavailable',
  UND_ERR_SOCKET: 'Unavailable',
};

/** By the system's code of the error or of what caused it. */
function typeOf(error: unknown): FailureType | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const type = BY_CODE[(each as NodeJS.ErrnoException).code ?? ''];
    if (type !== undefined) return type;
  }
  return undefined;
}
