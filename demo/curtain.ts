import type { Judge } from './judge.ts';

/** Where Ctrl-C is heard: `process`, but for tests. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM', heard: () => void): unknown;
}

export interface Curtain {
  /**
   * Judges, prints that, and only then waits for Ctrl-C if the scene is kept up; takes the scene down and tells how the
   * program ends: 0 when all holds, else 1.
   */
  fall(judge: Judge, kept: string | undefined): Promise<0 | 1>;
}

/** Ctrl-C during the play takes the scene down and ends with 130; after the judgement it ends as that says. */
export function createCurtain(input: {
  readonly signals: Signals;
  /** Ends all processes of the scene. */
  readonly takeDown: () => Promise<void>;
  readonly exit: (code: number) => void;
  readonly say: (line: string) => void;
}): Curtain {
  const { signals, takeDown, exit, say } = input;
  let heard = (signal: string): void => {
    say(`\n${signal}: the scene is taken down`);
    const gone = (): void => exit(130);
    // A second one does not wait.
    heard = gone;
    takeDown().then(gone, gone);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) signals.on(signal, () => heard(signal));
  return {
    async fall(judge, kept) {
      const code = judge.verdict(say) ? 0 : 1;
      if (kept !== undefined) {
        say(`\n${kept}`);
        // Promises alone do not keep a program up.
        const up = setInterval(() => undefined, 1_000_000);
        const signal = await new Promise<string>((done) => {
          heard = done;
        });
        clearInterval(up);
        say(`\n${signal}: the scene is taken down`);
      }
      heard = () => exit(code);
      await takeDown();
      return code;
    },
  };
}
