import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CompleteAsyncError, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { scrub } from '../activities/config/scrub.ts';
import { failure } from '../activities/failure.ts';
import type { FailureType } from '../model/failures.ts';
import type { PartLog } from './log.ts';
import { messages } from './log.ts';

/** The values that must not be told, as they are now. */
export type Secrets = () => Promise<readonly string[]>;

/**
 * What an activity throws becomes one of our failures, so that a run decides by type and a person reads a sentence. Our
 * own pass through. The others are faults of the surroundings, or of ours: told by their message, without secrets.
 */
export function activityInterceptors(log: PartLog, secrets: Secrets): ActivityInterceptorsFactory {
  return (context: Context) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (isKnown(error)) throw error;
          const told = foreseen(scrubbed(error, await secrets()));
          log.warn(`${context.info.activityType} failed in an unforeseen way`, { error: told });
          throw told;
        }
      },
    },
  });
}

/** Temporal's own failures, ours among them, and cancellations stay what they are. */
export const isKnown = (error: unknown): boolean =>
  error instanceof TemporalFailure ||
  error instanceof CompleteAsyncError ||
  (error instanceof Error && error.name === 'AbortError');

/** The failure that stands for any other error: of the type that its system code tells, or `Unforeseen`. */
export function foreseen(error: unknown): ApplicationFailure {
  const type = typeOf(error);
  if (type !== undefined) return failure(type, messages(error));
  return ApplicationFailure.create({
    type: 'Unforeseen',
    message: messages(error),
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** A copy without these values, in all that a failure keeps of an error: message, stack, code, causes. */
export function scrubbed(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof Error)) return scrub(String(error), secrets);
  const copy = new Error(scrub(error.message, secrets));
  const { code } = error as NodeJS.ErrnoException;
  return Object.assign(copy, {
    name: error.name,
    stack: scrub(error.stack ?? '', secrets),
    ...(code === undefined ? {} : { code }),
    ...(error.cause === undefined || error.cause === error ? {} : { cause: scrubbed(error.cause, secrets) }),
  });
}

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
