import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, link, lutimes, mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inventoryOf } from '../../../activities/components/files/inventory.ts';
import { shown } from '../../../activities/components/files/item.ts';
import { compare } from '../../../model/inventory.ts';

let folder: string;
let tree: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inventory-'));
  tree = join(folder, 'tree');
  await mkdir(tree);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = () => inventoryOf(tree, join(folder, 'cache'), new AbortController().signal);
/** Writes a file of a known age, so that neither the clock nor the writing of others is part of what is compared. */
const file = async (name: string, content: string): Promise<void> => {
  await writeFile(join(tree, name), content);
  await utimes(join(tree, name), 1_600_000_000, 1_600_000_000);
};
const settle = (name = '') => utimes(join(tree, name), 1_600_000_000, 1_600_000_000);

test('a small tree is listed item by item', async () => {
  await mkdir(join(tree, 'a'));
  await file('a/b', 'b');
  await symlink('b', join(tree, 'a/link'));
  const inventory = await read();
  expect(Object.keys(inventory.tree ?? {})).toEqual(['./', 'a/', 'a/b', 'a/link']);
  expect(inventory.total).toMatchObject({ items: '4', bytes: '1' });
});

test.each<[string, () => Promise<unknown>]>([
  ['content of the same length and time', () => file('file', 'tsen')],
  ['permissions', () => chmod(join(tree, 'file'), 0o600)],
  ['time', () => utimes(join(tree, 'file'), 1_600_000_000, 1_600_000_001)],
  ['size', () => file('file', 'nested')],
  ['type', () => rm(join(tree, 'file')).then(() => mkdir(join(tree, 'file')))],
  ['link target', () => rm(join(tree, 'link')).then(() => symlink('lief', join(tree, 'link')))],
  ['time of a link', () => lutimes(join(tree, 'link'), 1, 2)],
  ['hard link', () => rm(join(tree, 'hard')).then(() => writeFile(join(tree, 'hard'), 'hard'))],
  ['permissions of a folder', () => chmod(join(tree, 'folder'), 0o700)],
  ['a file that came', () => writeFile(join(tree, 'folder/came'), '')],
  ['a file that went', () => rm(join(tree, 'file'))],
  ['a name', () => rename(join(tree, 'file'), join(tree, 'life'))],
])('a difference in %s is seen', async (_what, change) => {
  await file('file', 'nest');
  await symlink('file', join(tree, 'link'));
  await lutimes(join(tree, 'link'), 1, 1);
  await file('one', 'hard');
  await link(join(tree, 'one'), join(tree, 'hard'));
  await mkdir(join(tree, 'folder'));
  await settle('folder');
  await settle();
  const before = await read();
  expect(await read()).toEqual(before);
  await change();
  await settle('folder');
  await settle();
  const difference = compare(before, await read(), []);
  expect(difference.mismatches.length).toBeGreaterThan(0);
});

test('where a large tree differs is told by its folder, and the inventory stays below 100 KB', async () => {
  for (let d = 0; d < 300; d++) {
    const sub = join(tree, `top${d % 7}`, `folder-${d}`, 'sub');
    mkdirSync(sub, { recursive: true });
    for (let f = 0; f < 35; f++) writeFileSync(join(sub, `file-${f}`), `${f}`);
  }
  const before = await read();
  expect(Number(before.total?.items)).toBeGreaterThan(11_000);
  expect(JSON.stringify(before).length).toBeLessThan(100_000);
  const path = 'top3/folder-3/sub/file-7';
  const { mtime } = await stat(join(tree, path));
  await writeFile(join(tree, path), 'x');
  await utimes(join(tree, path), mtime, mtime);
  const { mismatches } = compare(before, await read(), []);
  expect(mismatches.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['total digest', 'tree top3/folder-3/']);
});

test('a tree of very many folders with long names keeps its inventory below 100 KB too', async () => {
  const script = 'for d in $(seq 1 490); do mkdir "$1/$(printf "%0200d" $d)"; done';
  execFileSync('sh', ['-c', script, 'sh', tree]);
  const inventory = await read();
  expect(Object.keys(inventory.tree ?? {})).toHaveLength(491);
  expect(JSON.stringify(inventory).length).toBeLessThan(100_000);
});

test('content that was read before is not read again, unless anything at all happened to the file', async () => {
  const cache = join(folder, 'cache');
  // What changed just now may change again unnoticed: it is not remembered yet. Once more where that took too long.
  for (let began = 0; Date.now() - began > 900; ) {
    began = Date.now();
    await file('file', 'nest');
    await read();
  }
  expect(readFileSync(cache, 'utf8')).toBe('');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const right = await read();
  // Whoever asks the cache gets what it says: so it is asked.
  writeFileSync(cache, readFileSync(cache, 'utf8').replace(/^[0-9a-f]+/, '0'.repeat(64)));
  expect((await read()).tree?.file).not.toBe(right.tree?.file);
  // A new ctime, with the same size and mtime.
  await file('file', 'nest');
  expect(await read()).toEqual(right);
});

test('a damaged cache only costs time', async () => {
  await mkdir(join(tree, 'a'));
  for (const name of ['a/1', 'a/2', 'a-', 'b']) await file(name, name);
  await settle('a');
  await settle();
  const right = await read();
  appendFileSync(join(folder, 'cache'), 'nonsense %zz\n\u0000');
  expect(await read()).toEqual(right);
  expect(await read()).toEqual(right);
});

test('a name is shown so that a person can read it and two names never look the same', () => {
  const latin1 = (text: string) => Buffer.from(text).toString('latin1');
  expect(shown(latin1('ä/€'))).toBe('ä/€');
  expect(shown('\xff')).toBe('\\xff');
  expect(shown('\\xff')).toBe('\\\\xff');
  const [one, other] = ['a', 'b'].map((middle) => shown(`${'x'.repeat(150)}${middle}${'y'.repeat(150)}`));
  expect(one?.length).toBeLessThanOrEqual(100);
  expect(one).not.toBe(other);
});
