import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { UserProblem } from './problem.ts';
import { styleFor } from './render/style.ts';

interface Told {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly todo: readonly string[];
}

/**
 * Tells an error: what happened and what to do, without a stack unless `UNDERSTUDY_DEBUG=1`. With `--json` it is the one
 * document on standard output.
 */
export function reportError(error: unknown, io: Io, json: boolean, env: NodeJS.ProcessEnv = process.env): ExitCode {
  const told = tell(error);
  const style = styleFor(io.color);
  if (json) io.out(JSON.stringify({ error: told }, null, 2));
  else {
    io.err(`${style.red('error:')} ${told.message}`);
    for (const line of told.todo) io.err(`  ${line}`);
  }
  if (env.UNDERSTUDY_DEBUG === '1') io.err(debug(error));
  return told.exitCode;
}

function tell(error: unknown): Told {
  if (error instanceof UserProblem) return { exitCode: error.exitCode, message: error.message, todo: error.todo };
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (name === 'ConfigProblems')
    return { exitCode: EXIT.usage, message: `the configuration cannot be used\n${message}`, todo: [] };
  if (name === 'ProgramMissing') return { exitCode: EXIT.failed, message, todo: [] };
  return { exitCode: EXIT.failed, message, todo: ['More with UNDERSTUDY_DEBUG=1.'] };
}

function debug(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${debug(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
