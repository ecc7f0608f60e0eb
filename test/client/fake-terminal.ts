import { createCli } from '../../client/cli.ts';
import type { ExitCode } from '../../client/exit-codes.ts';
import type { Io } from '../../client/io.ts';
import { runCli } from '../../client/program.ts';

export interface Terminal extends Io {
  readonly stdout: string[];
  readonly stderr: string[];
  readonly asked: string[];
  interrupt(): void;
}

/** A terminal that keeps what is written and answers questions with `answers`; without any, nobody can be asked. */
export function fakeTerminal(answers: readonly string[] = []): Terminal {
  const left = [...answers];
  const callbacks = new Set<() => void>();
  const terminal: Terminal = {
    stdout: [],
    stderr: [],
    asked: [],
    interactive: answers.length > 0,
    color: false,
    screen: false,
    out: (text) => void terminal.stdout.push(text),
    err: (text) => void terminal.stderr.push(text),
    async question(text) {
      terminal.asked.push(text);
      return left.shift();
    },
    onInterrupt(callback) {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    interrupt() {
      for (const callback of callbacks) callback();
    },
  };
  return terminal;
}

export interface Ended {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly string[];
  /** Of `--json`: standard output must be one document. */
  json(): unknown;
}

/** Runs one command line on a terminal, as the program would. */
export async function understudy(argv: readonly string[], terminal: Terminal = fakeTerminal()): Promise<Ended> {
  const code = await runCli(argv, createCli(terminal), '0.0.0');
  const out = terminal.stdout.join('\n');
  return { code, out, err: terminal.stderr.join('\n'), asked: terminal.asked, json: () => JSON.parse(out) };
}
