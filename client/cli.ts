import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import { type Style, styleFor } from './render/style.ts';

/** What a command has: the terminal, its colours, and how it ends. */
export interface Cli {
  readonly io: Io;
  readonly style: Style;
  exitCode: ExitCode | undefined;
}

export const createCli = (io: Io): Cli => ({ io, style: styleFor(io.color), exitCode: undefined });

/** Options that every command has. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Prints a command's result: one JSON document, or what a person reads. */
export function printResult({ io }: Cli, options: CommonOptions, value: unknown, text: string): void {
  io.out(options.json ? JSON.stringify(value, null, 2) : text);
}

/** Asks for a plain yes. Without a person to ask, `--yes` must have been given. */
export async function confirmed(
  { io }: Cli,
  question: string,
  expected: 'yes' | { readonly typed: string } = 'yes',
): Promise<boolean> {
  const wanted = expected === 'yes' ? ['y', 'yes'] : [expected.typed];
  const hint = expected === 'yes' ? '[y/N]' : `[type ${expected.typed}]`;
  const answer = await io.question(`${question} ${hint} `);
  return answer !== undefined && wanted.includes(expected === 'yes' ? answer.trim().toLowerCase() : answer.trim());
}
