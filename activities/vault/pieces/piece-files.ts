import { closeSync, lstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';

/**
 * Up to this size a file is read and written at once: a trip through the thread pool for each of its system calls takes many
 * times longer than they do, and most pieces are small.
 */
const SMALL = 512 * 1024;

/** The bytes of a file that should have this size. */
export async function readPiece(path: string, size: number): Promise<Buffer> {
  return size <= SMALL ? readFileSync(path) : readFile(path);
}

/** Writes a file that is not there yet. */
export async function writePiece(path: string, size: number, bytes: readonly Buffer[]): Promise<void> {
  if (size <= SMALL) return writeSmall(path, bytes);
  const file = await open(path, 'wx', 0o600);
  try {
    await writeAll(file, bytes);
  } finally {
    await file.close();
  }
}

function writeSmall(path: string, bytes: readonly Buffer[]): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    // A system may take less than it was given.
    for (const each of bytes) for (let at = 0; at < each.length; ) at += writeSync(file, each, at);
  } finally {
    closeSync(file);
  }
}

/** Writes all of it to an open file. */
export async function writeAll(file: FileHandle, bytes: readonly Buffer[]): Promise<void> {
  const left = [...bytes];
  while (left.length > 0) {
    // A system takes about a thousand buffers at once, and may take less than it was given.
    const batch = left.splice(0, 512);
    const size = batch.reduce((sum, each) => sum + each.length, 0);
    const { bytesWritten } = await file.writev(batch);
    if (bytesWritten < size) left.unshift(Buffer.concat(batch).subarray(bytesWritten));
  }
}

/** Whether a file holds exactly these bytes. */
export async function equals(path: string, size: number, bytes: readonly Buffer[]): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size !== size) return false;
  const there = await readPiece(path, size).catch(() => undefined);
  if (there?.length !== size) return false;
  let at = 0;
  return bytes.every((each) => {
    at += each.length;
    return there.subarray(at - each.length, at).equals(each);
  });
}
