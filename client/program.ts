import { Command, CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { registerAnswer } from './commands/answer.ts';
import { registerCheck } from './commands/check.ts';
import { registerFailover } from './commands/failover.ts';
import { registerPause } from './commands/pause.ts';
import { registerPoints } from './commands/points.ts';
import { registerSetup } from './commands/setup.ts';
import { registerStartAlone } from './commands/start-alone.ts';
import { registerStatus } from './commands/status.ts';
import { registerSync } from './commands/sync.ts';
import { registerUp } from './commands/up.ts';
import { registerWorker } from './commands/worker.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from './exit-codes.ts';
import { registerInit } from './init.ts';
import { reportError } from './report-error.ts';

/** The program with all its commands. Nothing heavy is loaded until a command runs. */
export function createProgram(cli: Cli, version: string): Command {
  const { io } = cli;
  const program = new Command('understudy')
    .description('Keeps a standby site ready to replace the active one, and replaces it safely.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .showHelpAfterError('Help: understudy help [command]')
    .addHelpText('after', `\n${exitCodes()}\n\nEvery command takes --json and --config (default: understudy.yaml).`);
  // In the order in which they are met: from the first file to the day of need.
  for (const register of [
    registerInit,
    registerCheck,
    registerUp,
    registerWorker,
    registerSetup,
    registerStatus,
    registerPoints,
    registerSync,
    registerFailover,
    registerAnswer,
    registerPause,
    registerStartAlone,
  ]) {
    register(program, cli);
  }
  for (const command of program.commands) inherit(command, program);
  return program;
}

/** Runs one command line (without `node` and the script) and tells how it ended. Never throws. */
export async function runCli(argv: readonly string[], cli: Cli, version: string): Promise<ExitCode> {
  const json = argv.includes('--json');
  try {
    await createProgram(cli, version).parseAsync([...argv], { from: 'user' });
    return cli.exitCode ?? ((process.exitCode ?? EXIT.done) as ExitCode);
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, cli, json);
    return reportError(error, cli.io, json);
  }
}

/** Commander has told it already, on standard error; help and version are no fault. */
function usage(error: CommanderError, { io }: Cli, json: boolean): ExitCode {
  if (error.exitCode === 0) return EXIT.done;
  const message = error.message.replace(/^error: /, '');
  if (json) io.out(JSON.stringify({ error: { exitCode: EXIT.usage, message, todo: [] } }, null, 2));
  return EXIT.usage;
}

/** Commands that others register were not made by `program.command`. */
function inherit(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
}

function exitCodes(): string {
  const lines = Object.entries(EXIT).map(
    ([name, code]) => `  ${String(code).padStart(3)}  ${EXIT_MEANINGS[name as keyof typeof EXIT]}`,
  );
  return ['Exit codes:', ...lines].join('\n');
}
