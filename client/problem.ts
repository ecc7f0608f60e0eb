import { EXIT, type ExitCode } from './exit-codes.ts';

/** Something that a user can do something about: what happened and why, what to do, and how the CLI ends. */
export class UserProblem extends Error {
  override readonly name = 'UserProblem';
  readonly exitCode: ExitCode;
  /** What to do, a line each; commands can be copied. */
  readonly todo: readonly string[];

  constructor(exitCode: ExitCode, message: string, todo: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.exitCode = exitCode;
    this.todo = todo;
  }
}

export const usageProblem = (message: string, todo: readonly string[] = []): UserProblem =>
  new UserProblem(EXIT.usage, message, todo);
