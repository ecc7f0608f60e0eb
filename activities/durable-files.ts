import { closeSync, fsync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/*
 * A site's record and journal are a few small files on its own disk, read and written at every step. They are opened, read
 * and closed at once, which takes microseconds where a trip to Node's thread pool takes most of a millisecond; only waiting
 * for the disk is left to that pool.
 */
const onDisk = promisify(fsync);

/** Opens a file, hands its descriptor over, and closes it whatever happens. */
export async function withFile<T>(path: string, flags: string, work: (fd: number) => T | Promise<T>): Promise<T> {
  const fd = openSync(path, flags, 0o600);
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes all of a text, and returns when it is on the disk. */
export async function writeThrough(fd: number, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  await onDisk(fd);
}

/** Replaces a file so that a crash leaves the old or the new content, and the new one is on the disk when this returns. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  await withFile(temporary, 'w', (fd) => writeThrough(fd, content));
  renameSync(temporary, path);
  await syncFolder(dirname(path));
}

/** Windows cannot open a folder for that; its rename is durable with the journal of NTFS. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform !== 'win32') await withFile(folder, 'r', onDisk);
}

/** The file's text, or null if there is none. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
