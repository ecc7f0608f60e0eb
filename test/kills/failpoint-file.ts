import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Failpoint, Held } from '../../worker/failpoint.ts';

/** The file that all workers of a stage look at, see worker/failpoint.ts. One place to stop at a time. */
export interface FailpointFile {
  readonly path: string;
  arm(failpoint: Failpoint): void;
  /** Who stopped there; undefined as long as nobody did. */
  held(): Held | undefined;
  /** Lets go on who stopped there, if it still can. */
  release(): void;
  /** Lets it send its answer, and stand still from then on until `release`: nobody in that process reads the answer. */
  letAnswer(): void;
}

export function failpointFile(path: string): FailpointFile {
  const clear = (): void => {
    for (const ending of ['', '.taken', '.held', '.unread']) rmSync(`${path}${ending}`, { force: true });
  };
  return {
    path,
    arm(failpoint) {
      clear();
      writeFileSync(`${path}.new`, JSON.stringify(failpoint));
      renameSync(`${path}.new`, path);
    },
    held: () => (existsSync(`${path}.held`) ? (JSON.parse(readFileSync(`${path}.held`, 'utf8')) as Held) : undefined),
    release: clear,
    letAnswer() {
      writeFileSync(`${path}.unread`, '');
      rmSync(`${path}.held`, { force: true });
    },
  };
}
