import { closeSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';

/**
 * Up to this size a file is written at once: a trip through the thread pool for each of its system calls takes many times
 * longer than they do, and most pieces are small.
 */
const SMALL = 512 * 1024;

/** A file that is read bit by bit. */
export interface PieceReader {
  /** Fills what it is given, from the beginning, as far as it goes; 0 at the end. */
  take(into: Buffer): number;
  close(): void;
}

/** Opens a file; what goes wrong is thrown as `asFailure` says. */
export function openPiece(path: string, asFailure: (error: unknown) => unknown): PieceReader {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asFailure(error);
    }
  };
  const file = guarded(() => openSync(path, 'r'));
  return { take: (into) => guarded(() => readSync(file, into)), close: () => closeSync(file) };
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
  const there = await readFile(path).catch(() => undefined);
  if (there?.length !== size) return false;
  let at = 0;
  return bytes.every((each) => {
    at += each.length;
    return there.subarray(at - each.length, at).equals(each);
  });
}
