import { ConfigProblems, dotted } from '../activities/config/problems.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { UserProblem } from './problem.ts';
import { styleFor } from './render/style.ts';

interface Told {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly todo: readonly string[];
  /** Of a configuration, for programs; people read them as lines of the message. */
  readonly faults?: readonly object[];
}

/**
 * Tells an error: what happened and what to do, without a stack unless `UNDERSTUDY_DEBUG=1`. With `--json` it is the one
 * document on standard output.
 */
export function reportError(error: unknown, io: Io, json: boolean, env: NodeJS.ProcessEnv = process.env): ExitCode {
  const told = tell(error, json);
  const style = styleFor(io.color);
  if (json) io.out(JSON.stringify({ error: told }, null, 2));
  else {
    io.err(`${style.red('error:')} ${told.message}`);
    for (const line of told.todo) io.err(`  ${line}`);
  }
  if (env.UNDERSTUDY_DEBUG === '1') io.err(debug(error));
  return told.exitCode;
}

function tell(error: unknown, json: boolean): Told {
  if (error instanceof UserProblem) return { exitCode: error.exitCode, message: error.message, todo: error.todo };
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (error instanceof ConfigProblems) {
    const says = 'the configuration cannot be used';
    if (!json || error.faults.length === 0) return { exitCode: EXIT.usage, message: `${says}\n${message}`, todo: [] };
    const faults = error.faults.map(({ line, path, says, example }) => ({ line, path: dotted(path), says, example }));
    return { exitCode: EXIT.usage, message: says, todo: [], faults };
  }
  if (name === 'ProgramMissing') return { exitCode: EXIT.failed, message, todo: [] };
  return { exitCode: EXIT.failed, message, todo: ['More with UNDERSTUDY_DEBUG=1.'] };
}

function debug(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${debug(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
