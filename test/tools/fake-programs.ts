import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Surroundings } from '../../tools/cache.ts';

export const scratch = (): Promise<string> => mkdtemp(join(tmpdir(), 'understudy-tools-'));

/** An executable that answers every call with one line. */
export async function fakeProgram(path: string, answer: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${answer}'\n`);
  await chmod(path, 0o755);
  return path;
}

export interface FakeMachine {
  readonly surroundings: Surroundings;
  /** The only folder on PATH. */
  readonly bin: string;
  readonly cache: string;
  readonly said: string[];
  readonly say: (line: string) => void;
}

/** A machine with an empty PATH and an empty cache. */
export async function fakeMachine(): Promise<FakeMachine> {
  const home = await scratch();
  const bin = join(home, 'bin');
  const cache = join(home, 'cache');
  const said: string[] = [];
  const surroundings = { env: { PATH: bin, UNDERSTUDY_CACHE: cache }, home };
  return { surroundings, bin, cache, said, say: (line) => said.push(line) };
}
