import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../failure.ts';
import { besideOf, syncFolder } from './generations.ts';

/**
 * What tells this tree from its copy at the other site: a random id in a file beside it, which no restore touches. A disk
 * that is not mounted, or another one, has none or another.
 */
const fileOf = (path: string): string => join(besideOf(path), 'identity');

/** Errors: `NoRecord` when there is none. */
export async function readIdentity(path: string): Promise<string> {
  const text = await readFile(fileOf(path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw failure(
        'WrongIdentity',
        `there is no ${fileOf(path)}, which tells this tree from any other. Is the disk mounted? For a new site run: understudy setup`,
      );
    throw failure('Unavailable', `${fileOf(path)} cannot be read: ${error.code}.`, error);
  });
  return text.trim();
}

/** Makes the marker where there is none. Whoever comes second finds the first one's. */
export async function establishIdentity(path: string): Promise<string> {
  const beside = besideOf(path);
  await mkdir(beside, { recursive: true, mode: 0o700 });
  const draft = `${fileOf(path)}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomUUID()}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, fileOf(path));
    await syncFolder(beside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readIdentity(path);
}
