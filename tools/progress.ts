/** Takes one line for a person. Standard output belongs to results, so lines go to standard error. */
export type Say = (line: string) => void;

export const sayOnStderr: Say = (line) => process.stderr.write(`${line}\n`);

/** Often enough to see that it lives, rare enough for a CI log. */
const INTERVAL_MS = 10_000;

export interface Progress {
  /** Shown behind the elapsed time from the next line on. */
  note(text: string): void;
  end(): void;
}

/**
 * Says `name: doing …` at once and then, until `end`, the name and the elapsed time: whole lines, since several may be under
 * way and there may be no terminal.
 */
export function createProgress(name: string, doing: string, say: Say, intervalMs = INTERVAL_MS): Progress {
  const started = Date.now();
  let note = '';
  say(`${name}: ${doing} …`);
  const timer = setInterval(() => say(`${name}: ${elapsed(Date.now() - started)}${note && `, ${note}`}`), intervalMs);
  // A finished program must not be kept alive by its own progress line.
  timer.unref();
  return {
    note: (text) => {
      note = text;
    },
    end: () => clearInterval(timer),
  };
}

/** Milliseconds as `m:ss`. */
export function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
