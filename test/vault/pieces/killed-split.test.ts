import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../tools/package-root.ts';
import { compiled } from '../compiled.ts';
import { packageOf } from './packages.ts';
import { inChunks, type ScratchFolder, scratchFolder } from './scratch-folder.ts';

let folder: ScratchFolder;
let child: Awaited<ReturnType<typeof compiled>>;
beforeAll(async () => {
  folder = await scratchFolder();
  child = await compiled(join(packageRoot(), 'test', 'vault', 'pieces', 'child', 'split-child.ts'));
});
afterAll(() => Promise.all([folder.remove(), child.remove()]));

const killed = (seed: number, at: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [child.program, folder.path, String(seed), at], (error, _, stderr) => {
      if (stderr === '') resolve(error?.signal);
      else reject(new Error(stderr));
    });
  });

const SIZE = packageOf(0).length;
const PLACES = ['0', ...[0.1, 0.4, 0.8, 0.97].map((share) => String(Math.floor(share * SIZE))), 'split', 'swept'];

test('a worker killed anywhere leaves a folder that the next cycle heals, and that does not grow', async () => {
  await folder.split(inChunks(packageOf(0)));
  for (const [i, at] of PLACES.entries()) {
    expect(await killed(i + 1, at), at).toBe('SIGKILL');
    // The standby, or a restore, needs what was there before, or the next backup comes.
    const next = packageOf(i + 100);
    const split = await folder.split(inChunks(next));
    expect(await folder.wrong(split), at).toEqual([]);
    expect((await folder.join(split)).equals(next), at).toBe(true);
  }
}, 120_000);
