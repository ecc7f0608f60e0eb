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
}

export function failpointFile(path: string): FailpointFile {
  const clear = (): void => {
    for (const ending of ['', '.taken', '.held']) rmSync(`${path}${ending}`, { force: true });
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
  };
}
