import { createInterface } from 'node:readline/promises';

/** The terminal, as commands see it. Results go to standard output, everything else to standard error. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** A person can be asked. */
  readonly interactive: boolean;
  /** Colours on standard output and error. */
  readonly color: boolean;
  /** Standard output is a screen that can be drawn anew. */
  readonly screen: boolean;
  /** Undefined when input ended before an answer. */
  question(text: string): Promise<string | undefined>;
  /** Calls back at Ctrl-C instead of ending the program, until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
}

export function createIo(env: NodeJS.ProcessEnv = process.env): Io {
  const { stdin, stdout, stderr } = process;
  const interactive = stdin.isTTY === true && stderr.isTTY === true;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    interactive,
    color: !env.NO_COLOR && (env.FORCE_COLOR !== undefined || (stdout.isTTY === true && stderr.isTTY === true)),
    screen: stdout.isTTY === true,
    async question(text) {
      const lines = createInterface({ input: stdin, output: stderr });
      const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
      // Ctrl-C at a question ends the program like anywhere else.
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      try {
        return await Promise.race([lines.question(text), ended]);
      } finally {
        lines.close();
      }
    },
    onInterrupt(callback) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, callback);
      return () => {
        for (const signal of signals) process.off(signal, callback);
      };
    },
  };
}
