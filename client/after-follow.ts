import type { Cli, CommonOptions } from './cli.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Followed } from './follow.ts';
import { type CommandOptions, command } from './render/ask.ts';

/** What is said, and how the CLI ends, when we stop looking at a run that goes on. */
export function leftRunning(
  { io }: Cli,
  options: CommonOptions,
  commands: CommandOptions,
  run: string,
  followed: Exclude<Followed<unknown>, { end: 'result' }>,
): ExitCode {
  const waits = followed.status?.ask;
  io.err(`${run} goes on without us.`);
  io.err(`  Look:   ${command('status --watch', commands)}`);
  io.err(`  Pause:  ${command(`pause --run ${run} --why "…"`, commands)}`);
  if (waits)
    io.err(
      `  Answer: ${command(`answer CHOICE --ask ${waits.id} --why "…"`, commands)}   (${waits.choices.join(', ')})`,
    );
  if (options.json) io.out(JSON.stringify({ run, running: true, status: followed.status }, null, 2));
  if (followed.end === 'interrupted') return EXIT.interrupted;
  return waits ? EXIT.waits : EXIT.running;
}
