import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { noWorker, temporalDoesNotAnswer } from './connect.ts';
import { EXIT } from './exit-codes.ts';
import { UserProblem, usageProblem } from './problem.ts';
import { type CommandOptions, command } from './render/ask.ts';

export interface Where {
  readonly address: string;
  readonly namespace: string;
  readonly commands: CommandOptions;
}

/** gRPC codes. */
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** The problem a user can do something about that stands behind an error of Temporal; other errors are returned as they are. */
export function translate(error: unknown, where: Where): unknown {
  if (error instanceof UserProblem) return error;
  if (error instanceof WorkflowUpdateFailedError) return new UserProblem(EXIT.refused, rootMessage(error), [], error);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return noWorker(where.commands, error);
  if (error instanceof WorkflowFailedError) return failed(error, where);
  if (error instanceof WorkflowNotFoundError) return notFound(error, where);
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new UserProblem(EXIT.busy, `${error.workflowId} is already in progress`, [look(where)], error);
  }
  if (error instanceof QueryNotRegisteredError) {
    return new UserProblem(
      EXIT.failed,
      'this run tells no status: it is of another version, or has failed to start',
      [],
      error,
    );
  }
  return fromGrpc(error, where) ?? error;
}

/** Whether the run may well go on, and only could not be asked just now. */
export function isPassing(error: unknown): boolean {
  const code = grpcCode(error);
  return code === UNAVAILABLE || code === DEADLINE_EXCEEDED || code === FAILED_PRECONDITION;
}

function failed(error: WorkflowFailedError, where: Where): UserProblem {
  const { cause } = error;
  if (cause instanceof TimeoutFailure) return noWorker(where.commands, error);
  if (cause instanceof CancelledFailure) return new UserProblem(EXIT.refused, 'the run was cancelled', [], error);
  if (cause instanceof TerminatedFailure) return new UserProblem(EXIT.failed, 'the run was terminated', [], error);
  const type = rootFailure(error)?.type;
  return new UserProblem(type === 'InvalidInput' ? EXIT.usage : EXIT.failed, rootMessage(error), [], error);
}

function notFound(error: WorkflowNotFoundError, where: Where): UserProblem {
  const { workflowId } = error;
  if (workflowId.startsWith('pair/')) {
    return new UserProblem(
      EXIT.failed,
      `the workflow "${workflowId}" does not run`,
      [command('setup', where.commands)],
      error,
    );
  }
  return new UserProblem(EXIT.failed, `there is no run "${workflowId}" in progress`, [look(where)], error);
}

function fromGrpc(error: unknown, where: Where): UserProblem | undefined {
  switch (grpcCode(error)) {
    case UNAVAILABLE:
      return temporalDoesNotAnswer(where.address, where.commands, error);
    case FAILED_PRECONDITION:
      if (standsStill(error)) return doesNotGoOn(where, error);
      return noWorker(where.commands, error);
    case DEADLINE_EXCEEDED:
      return noWorker(where.commands, error);
    case NOT_FOUND:
      return usageProblem(`Temporal at ${where.address} has no namespace "${where.namespace}"`);
    case PERMISSION_DENIED:
    case UNAUTHENTICATED:
      return usageProblem(
        `Temporal at ${where.address} refuses us: check the API key or the certificates (TEMPORAL_API_KEY, TEMPORAL_TLS_*, temporal.toml)`,
      );
    case INVALID_ARGUMENT:
      return usageProblem(`Temporal refused: ${rootMessage(error)}`);
    default:
      return undefined;
  }
}

/** Whether Temporal says that a worker has the run, and each of its attempts to go on fails. */
export function standsStill(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (/failed state/.test(each.message)) return true;
  return false;
}

const doesNotGoOn = (where: Where, cause: unknown): UserProblem =>
  new UserProblem(
    EXIT.unreachable,
    'a worker has the run and cannot go on with it: each attempt fails',
    ['The reason stands in the log of the control worker, and in the run’s history in the Temporal UI', look(where)],
    cause,
  );

/** Of the error itself or of what the SDK wrapped it in. */
function grpcCode(error: unknown): number | undefined {
  for (let each = error; each instanceof Error; each = each.cause) if (isGrpcServiceError(each)) return each.code;
  return undefined;
}

/** The innermost failure that has words of its own: what really happened. */
function rootFailure(error: unknown): ApplicationFailure | undefined {
  let found: ApplicationFailure | undefined;
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof ApplicationFailure && each.message) found ??= each;
  }
  return found;
}

/** What really happened, in the words of the innermost failure that has any. */
export function rootMessage(error: unknown): string {
  const failure = rootFailure(error);
  if (failure) return failure.message;
  let message = '';
  for (let each = error; each instanceof Error; each = each.cause) message = each.message || message;
  return message;
}

const look = (where: Where): string => `See what runs: ${command('status', where.commands)}`;
