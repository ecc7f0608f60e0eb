import { fstatSync, ftruncateSync, readSync } from 'node:fs';
import { copyFile, link, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Entry, type Facts, fold, NO_FACTS } from '../../model/facts.ts';
import { syncFolder, withFile, writeThrough } from '../durable-files.ts';
import { failure } from '../failure.ts';
import type { Reserve } from './reserve.ts';

/** The append-only journal of one site: a line of JSON an entry, on the disk before `append` returns. */
export interface Journal {
  /**
   * Folds what was added since the last call, by whichever process; null where there is no journal. Cuts off a torn last line:
   * its write never returned.
   */
  refresh(options: { readonly repair: boolean }): Promise<Facts | null>;
  append(entries: readonly Entry[]): Promise<Facts>;
}

/** Past this size, and only between operations, the journal is put aside and goes on from a snapshot of its facts. */
const ROTATE_BYTES = 4 << 20;

/** `spend` carries a write out; the store's makes room for it on a full disk. */
export function createJournal(folder: string, spend: Reserve['spend'] = (write) => write()): Journal {
  const path = join(folder, 'journal.jsonl');
  let facts = NO_FACTS;
  let offset = 0;
  let inode = -1;

  return {
    async refresh({ repair }) {
      const found = await openedIfThere(path, (fd) => refreshFrom(fd, repair));
      if (found !== undefined) return found;
      // What was read from one that is gone says nothing of the next.
      [facts, offset, inode] = [NO_FACTS, 0, -1];
      return null;
    },

    async append(entries) {
      if (entries.length === 0) return facts;
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      const made = offset === 0;
      await spend(() =>
        withFile(path, 'a', async (fd) => {
          try {
            await writeThrough(fd, text);
            inode = fstatSync(fd).ino;
          } catch (error) {
            // Half of a line, e.g. on a full disk: whatever came next would be glued to it.
            ftruncateSync(fd, offset);
            throw error;
          }
        }),
      );
      if (made) await syncFolder(folder);
      offset += Buffer.byteLength(text);
      for (const entry of entries) facts = fold(facts, entry);
      if (offset > ROTATE_BYTES && entries.some((entry) => entry.kind === 'claim')) await rotate();
      return facts;
    },
  };

  async function refreshFrom(fd: number, repair: boolean): Promise<Facts> {
    const { size, ino } = fstatSync(fd);
    if (ino !== inode || size < offset) {
      facts = NO_FACTS;
      offset = 0;
      inode = ino;
    }
    if (size > offset) {
      const fresh = Buffer.alloc(size - offset);
      readSync(fd, fresh, 0, fresh.length, offset);
      const whole = fresh.lastIndexOf(0x0a) + 1;
      // All of it or nothing: where a line is damaged, what came before it is read again with it.
      let next = facts;
      for (const line of fresh.toString('utf8', 0, whole).split('\n')) if (line) next = fold(next, parse(path, line));
      facts = next;
      offset += whole;
      if (repair && whole < fresh.length) {
        ftruncateSync(fd, offset);
        await writeThrough(fd, '');
      }
    }
    return facts;
  }

  async function rotate(): Promise<void> {
    const at = new Date().toISOString();
    const line = `${JSON.stringify({ at, kind: 'snapshot', facts } satisfies Entry)}\n`;
    const fresh = `${path}.new`;
    await withFile(fresh, 'w', (fd) => writeThrough(fd, line));
    // The old one gets a second name before the new one takes its place: at no moment is there none.
    const kept = join(folder, `journal-${at.replaceAll(':', '')}.jsonl`);
    await link(path, kept).catch(() => copyFile(path, kept));
    await rename(fresh, path);
    await syncFolder(folder);
    inode = (await stat(path)).ino;
    offset = Buffer.byteLength(line);
  }
}

function parse(path: string, line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (cause) {
    throw failure(
      'NoRecord',
      `the journal ${path} is damaged: a line in it is not JSON. Nothing is done at this site until a person looked at it`,
      cause,
    );
  }
}

async function openedIfThere<T>(path: string, work: (fd: number) => Promise<T>): Promise<T | undefined> {
  try {
    return await withFile(path, 'r+', work);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
