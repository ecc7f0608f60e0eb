import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pieceRoom } from '../../../activities/vault/pieces/room.ts';
import type { Artefact } from '../../../model/points.ts';
import { manifestOf } from '../pair-of-vaults.ts';

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'room-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

const FREE = 10e9;
const check = async (bytes: number, layout?: Artefact['layout']) => {
  const manifest = manifestOf('e1.s1', 'a', {
    flow: { snapshot: 'x', bytes, sha256: 'x', stored: 1, file: 'package' },
  });
  const artefacts = manifest.artefacts.map((one) => ({ ...one, ...(layout ? { layout } : {}) }));
  return pieceRoom('a', cache, { ...manifest, artefacts }, async () => FREE);
};

test('the check states what packages in pieces need on disk, and what is missing', async () => {
  expect(await check(1e9)).toEqual([]);
  const [fits] = await check(1e9, 'pieces');
  expect(fits).toMatchObject({ level: 'ok', topic: 'pieces-room', site: 'a' });
  expect(fits?.says).toMatch(/10\.0 GB free.*\(1\.0 GB\) need as much there, and up to 2\.0 GB/);
  expect((await check(7e9, 'pieces'))[0]).toMatchObject({ level: 'warning' });
  const [lacks] = await check(12e9, 'pieces');
  expect(lacks).toMatchObject({ level: 'error' });
  expect(lacks?.todo).toMatch(/^make room: 14\.0 GB more/);
  // Before the first point, on the real disk.
  const [unknown] = await pieceRoom('a', cache, undefined);
  expect(unknown).toMatchObject({ level: 'note' });
  expect(unknown?.says).toContain('up to 2 × while all of it changes');
});

test('what the pieces of the last package take already counts as room', async () => {
  const tree = join(cache, 'pieces', 'flow', 'tree');
  await mkdir(tree, { recursive: true });
  expect((await check(5.01e9, 'pieces'))[0]?.level).toBe('warning');
  await writeFile(join(tree, 'one'), Buffer.alloc(30_000_000));
  expect((await check(5.01e9, 'pieces'))[0]?.level).toBe('ok');
});
