import { copyFile, link, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Entry, type Facts, fold, NO_FACTS } from '../../model/facts.ts';
import { failure } from '../failure.ts';
import { syncFolder } from './files.ts';

/** The append-only journal of one site: a line of JSON an entry, on the disk before `append` returns. */
export interface Journal {
  /** Folds what was added since the last call, by whichever process. Cuts off a torn last line: its write never returned. */
  refresh(options: { readonly repair: boolean }): Promise<Facts>;
  append(entries: readonly Entry[]): Promise<Facts>;
}

/** Past this size, and only between operations, the journal is put aside and goes on from a snapshot of its facts. */
const ROTATE_BYTES = 4 << 20;

export function createJournal(folder: string): Journal {
  const path = join(folder, 'journal.jsonl');
  let facts = NO_FACTS;
  let offset = 0;
  let inode = -1;

  return {
    async refresh({ repair }) {
      const file = await openIfThere(path);
      if (!file) return NO_FACTS;
      try {
        const { size, ino } = await file.stat();
        if (ino !== inode || size < offset) {
          facts = NO_FACTS;
          offset = 0;
          inode = ino;
        }
        if (size > offset) {
          const fresh = Buffer.alloc(size - offset);
          await file.read(fresh, 0, fresh.length, offset);
          const whole = fresh.lastIndexOf(0x0a) + 1;
          for (const line of fresh.toString('utf8', 0, whole).split('\n'))
            if (line) facts = fold(facts, parse(path, line));
          offset += whole;
          if (repair && whole < fresh.length) {
            await file.truncate(offset);
            await file.sync();
          }
        }
        return facts;
      } finally {
        await file.close();
      }
    },

    async append(entries) {
      if (entries.length === 0) return facts;
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      const made = offset === 0;
      const file = await open(path, 'a', 0o600);
      try {
        await file.appendFile(text);
        await file.datasync();
        inode = (await file.stat()).ino;
      } catch (error) {
        // Half of a line, e.g. on a full disk: whatever came next would be glued to it.
        await file.truncate(offset).catch(() => undefined);
        throw error;
      } finally {
        await file.close();
      }
      if (made) await syncFolder(folder);
      offset += Buffer.byteLength(text);
      for (const entry of entries) facts = fold(facts, entry);
      if (offset > ROTATE_BYTES && entries.some((entry) => entry.kind === 'claim')) await rotate();
      return facts;
    },
  };

  async function rotate(): Promise<void> {
    const at = new Date().toISOString();
    const line = `${JSON.stringify({ at, kind: 'snapshot', facts } satisfies Entry)}\n`;
    const fresh = `${path}.new`;
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.writeFile(line);
      await file.sync();
    } finally {
      await file.close();
    }
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

async function openIfThere(path: string): Promise<Awaited<ReturnType<typeof open>> | null> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
