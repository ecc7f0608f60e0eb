import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../durable-files.ts';

/** What the record and some hundred lines of a journal need. */
const BYTES = 256 * 1024;
/** Only where much more is free: nothing else shall meet a full disk because of us. */
const PLENTY = 8 * BYTES;

/**
 * Room beside the record for the day on which the disk is full: what ends a freeze, or fences a site, is written down before
 * it is done, and clients would be refused for as long as nobody makes room.
 */
export interface Reserve {
  /** Makes it where there is none. Without room for it nothing is done: it is made later. */
  keep(): Promise<void>;
  /** Carries a write out; where the disk is full, gives the reserve up for it and tries once more. */
  spend<T>(write: () => Promise<T>): Promise<T>;
  /** It was given up, and there is no room to make it anew. */
  isSpent(): boolean;
}

export function createReserve(folder: string): Reserve {
  const path = join(folder, 'reserve');
  const hasRoom = (): boolean => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= PLENTY;
  };
  return {
    async keep() {
      try {
        // Random: zeros would take no room on a disk that compresses.
        if (!existsSync(path) && hasRoom()) await replaceFile(path, randomBytes((BYTES / 4) * 3).toString('base64'));
      } catch {
        rmSync(`${path}.new`, { force: true });
      }
    },
    async spend(write) {
      try {
        return await write();
      } catch (error) {
        if (!isFull(error) || !existsSync(path)) throw error;
        rmSync(path);
        return write();
      }
    },
    isSpent: () => existsSync(folder) && !existsSync(path) && !hasRoom(),
  };
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
