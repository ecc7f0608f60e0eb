import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createJournal } from '../../activities/site/journal.ts';
import { createStore } from '../../activities/site/store.ts';
import type { Entry } from '../../model/facts.ts';
import { site } from '../model/states.ts';

/** What the file system does wrong, for as long as it is set. */
const fault = vi.hoisted(() => ({ renames: -1, full: (): boolean => false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    rename: async (from: string, to: string) => {
      if (fault.renames === 0) throw new Error('the process died here');
      fault.renames--;
      return real.rename(from, to);
    },
  };
});

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return {
    ...real,
    writeSync: (fd: number, bytes: Buffer, at: number) => {
      if (!fault.full()) return real.writeSync(fd, bytes, at);
      real.writeSync(fd, bytes.subarray(0, 20));
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
  };
});

const AT = '2026-01-01T00:00:00Z';
const PENDING: Entry = { at: AT, kind: 'pending', set: { app: { schedules: ['nightly'] } } };
const claim = (number: number): Entry => ({ at: AT, kind: 'claim', number, operation: 'sync/orders/1' });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-journal-'));
  fault.renames = -1;
  fault.full = () => false;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([0, 1])(
  'a process that dies in the middle of a rotation (after %i renames) forgets nothing',
  async (after) => {
    const journal = createJournal(folder);
    await journal.refresh({ repair: true });
    await journal.append([PENDING, { at: AT, kind: 'note', text: 'x'.repeat(5 << 20) }]);
    fault.renames = after;
    await journal.append([claim(4)]).catch(() => undefined);
    fault.renames = -1;

    expect(await createJournal(folder).refresh({ repair: true })).toMatchObject({
      pending: { app: { schedules: ['nightly'] } },
      seen: 4,
    });
  },
);

test('a rotated journal goes on from where it was, and the old one is kept', async () => {
  const journal = createJournal(folder);
  await journal.refresh({ repair: true });
  await journal.append([PENDING, { at: AT, kind: 'note', text: 'x'.repeat(5 << 20) }]);
  await journal.append([claim(4)]);
  await journal.append([{ at: AT, kind: 'tip', point: 'e1.s1' }]);
  expect((await readFile(join(folder, 'journal.jsonl'), 'utf8')).length).toBeLessThan(2_000);
  expect(await createJournal(folder).refresh({ repair: true })).toMatchObject({ seen: 4, lastPoint: 'e1.s1' });
});

test('an entry that does not fit on the disk leaves no half line behind, which the next one would be glued to', async () => {
  const journal = createJournal(folder);
  await journal.refresh({ repair: true });
  await journal.append([claim(4)]);
  fault.full = () => true;
  await expect(journal.append([PENDING])).rejects.toThrow('ENOSPC');
  fault.full = () => false;
  const facts = await journal.append([{ at: AT, kind: 'tip', point: 'e1.s1' }]);
  expect(facts).toMatchObject({ seen: 4, pending: null, lastPoint: 'e1.s1' });
  expect(await createJournal(folder).refresh({ repair: true })).toEqual(facts);
});

test('on a full disk a reserve is given up, so that record and journal are still written, and made anew when there is room', async () => {
  const store = createStore(folder);
  const reserve = join(folder, 'reserve');
  await store.locked((session) => session.create(site('A', 'active').record));
  const { size, blocks } = await stat(reserve);
  expect([size, blocks * 512 >= size], 'really allocated').toEqual([256 * 1024, true]);
  await store.locked(async (session) => {
    fault.full = () => existsSync(reserve);
    await session.append({ kind: 'tip', point: 'e1.s1' });
    const { record, facts } = session.state();
    await session.apply({ record: { ...record, sequence: 7 }, facts });
    expect(existsSync(reserve)).toBe(false);
    fault.full = () => false;
  });
  expect(existsSync(reserve)).toBe(true);
  expect(await store.peek()).toMatchObject({ record: { sequence: 7 }, facts: { lastPoint: 'e1.s1' } });
  fault.full = () => true;
  await expect(
    store.locked((session) => session.append(PENDING)),
    'all of it used up',
  ).rejects.toThrow('ENOSPC');
});

test('a record without its journal is not taken for one of which nothing is known: nothing is done there', async () => {
  const store = createStore(folder);
  await store.locked(async (session) => {
    await session.create(site('A', 'active').record);
    expect(await readFile(join(folder, 'journal.jsonl'), 'utf8')).toContain('the record was made');
    await session.append({ kind: 'pending', set: { app: { schedules: ['nightly'] } } });
  });
  await rm(join(folder, 'journal.jsonl'));
  for (const each of [store, createStore(folder)]) {
    expect(await each.peek()).toMatchObject({ record: null, problem: expect.stringContaining('the journal of') });
    await expect(each.locked(async (session) => session.state())).rejects.toMatchObject({ type: 'NoRecord' });
  }
});

test('a journal that is gone leaves nothing behind in the one that is begun after it', async () => {
  const journal = createJournal(folder);
  await journal.refresh({ repair: true });
  await journal.append([PENDING]);
  await rm(join(folder, 'journal.jsonl'));
  expect(await journal.refresh({ repair: true })).toBe(null);
  expect(await journal.append([claim(4)])).toMatchObject({ seen: 4, pending: null });
  expect(await journal.refresh({ repair: true })).toMatchObject({ seen: 4, pending: null });
});
