import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { besideOf, syncFolder } from './generations.ts';

/** Whether the writers of a tree were held by us: a file beside it, since programs seldom tell. */
export function createHeld(path: string) {
  const beside = besideOf(path);
  const file = join(beside, 'held');
  return {
    is: (): Promise<boolean> =>
      stat(file).then(
        () => true,
        () => false,
      ),
    /** Written before the writers are held: after a crash in between they are let go once too often, not never. */
    async mark(): Promise<void> {
      await mkdir(beside, { recursive: true, mode: 0o700 });
      const handle = await open(file, 'a', 0o600);
      await handle.sync();
      await handle.close();
      await syncFolder(beside);
    },
    async clear(): Promise<void> {
      await rm(file, { force: true });
      await syncFolder(beside);
    },
  };
}
