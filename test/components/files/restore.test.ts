import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureType } from '../../../activities/failure.ts';
import { hasRsync, listing, makeAwkwardTree, rsyncDifferences } from './awkward-tree.ts';
import { backup, type Place, place, restore, work } from './harness.ts';

let here: Place;
let archive: string;
beforeEach(async () => {
  here = await place();
  archive = join(here.folder, 'tree.tar');
  for (const site of ['dc1', 'dc2'] as const) await here.at(site).establish?.();
});
afterEach(() => {
  execFileSync('chmod', ['-R', 'u+rwX', here.folder]);
  return rm(here.folder, { recursive: true, force: true });
});

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
const beside = (site: 'dc1' | 'dc2') => readdir(`${here.path(site)}.understudy`);

test('permissions, owners, times, links, holes, attributes and odd names survive', async () => {
  await mkdir(here.path('dc1'));
  makeAwkwardTree(here.path('dc1'));
  const held = await backup(here.at('dc1'), archive);
  await restore(here.at('dc2'), archive);
  expect(listing(here.path('dc2'))).toBe(listing(here.path('dc1')));
  if (hasRsync) expect(rsyncDifferences(here.path('dc1'), here.path('dc2'))).toBe('');
  const signal = new AbortController().signal;
  expect(await here.at('dc2').inventory(signal)).toEqual(await here.at('dc1').inventory(signal));
  expect(await here.at('dc2').inventory(signal)).toEqual(held);
});

test('a hole stays a hole', async () => {
  await mkdir(here.path('dc1'));
  makeAwkwardTree(here.path('dc1'));
  await backup(here.at('dc1'), archive);
  expect((await stat(archive)).size).toBeLessThan(10_000_000);
  await restore(here.at('dc2'), archive);
  expect((await stat(join(here.path('dc2'), 'sparse'))).blocks).toBeLessThan(1_000);
});

test('the archive of an unchanged tree is the same bytes, so that a vault stores nothing twice', async () => {
  await mkdir(here.path('dc1'));
  makeAwkwardTree(here.path('dc1'));
  await backup(here.at('dc1'), archive);
  await backup(here.at('dc1'), `${archive}.2`);
  expect((await readFile(archive)).equals(await readFile(`${archive}.2`))).toBe(true);
});

test('a restore is a mirror: what the source does not have is gone, and the former generation is kept until it is cleaned', async () => {
  await mkdir(here.path('dc1'));
  await writeFile(join(here.path('dc1'), 'kept'), 'new');
  await mkdir(here.path('dc2'));
  await writeFile(join(here.path('dc2'), 'extra'), 'old');
  await backup(here.at('dc1'), archive);
  await restore(here.at('dc2'), archive);
  expect(await readdir(here.path('dc2'))).toEqual(['kept']);
  expect(await readdir(`${here.path('dc2')}.understudy/previous`)).toEqual(['extra']);
  await restore(here.at('dc2'), archive);
  expect(await readdir(`${here.path('dc2')}.understudy/previous`)).toEqual(['kept']);
  await here.at('dc2').clean(work());
  expect(await beside('dc2')).toEqual(['identity']);
});

test('the identity is no part of the tree and stays where it is', async () => {
  await mkdir(here.path('dc1'));
  await backup(here.at('dc1'), archive);
  const [source, before] = [await here.at('dc1').identify(), await here.at('dc2').identify()];
  await restore(here.at('dc2'), archive);
  await here.at('dc2').establish?.();
  expect(await here.at('dc2').identify()).toBe(before);
  expect(before).not.toBe(source);
});

test('without its identity a tree is not known', async () => {
  await rm(`${here.path('dc2')}.understudy`, { recursive: true });
  const error = await failed(here.at('dc2').identify());
  expect(failureType(error)).toBe('WrongIdentity');
  expect(error.message).toContain('understudy setup');
});

test('whoever looks sees the old tree or the new one, and never none', async () => {
  for (const site of ['dc1', 'dc2'] as const) {
    await mkdir(here.path(site));
    await writeFile(join(here.path(site), 'says'), site === 'dc1' ? 'new\n' : 'old\n');
  }
  await backup(here.at('dc1'), archive);
  const file = join(here.path('dc2'), 'says');
  const script = 'while read -r word < "$1" || echo missing; do echo "$word"; [ "$word" = new ] && exit; done';
  const watcher = spawn('sh', ['-c', script, 'sh', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const seen = new Set<string>();
  let chunks = '';
  watcher.stdout.on('data', (chunk) => {
    chunks = `${chunks}${chunk}`;
    for (const word of chunks.split('\n').slice(0, -1)) seen.add(word);
    chunks = chunks.slice(chunks.lastIndexOf('\n') + 1);
  });
  const ended = once(watcher, 'close');
  await once(watcher.stdout, 'data');
  await restore(here.at('dc2'), archive);
  await ended;
  expect([...seen].sort()).toEqual(['new', 'old']);
});

test('a damaged archive changes nothing, and the next attempt clears away what is left', async () => {
  await mkdir(here.path('dc1'));
  makeAwkwardTree(here.path('dc1'));
  await mkdir(here.path('dc2'));
  await writeFile(join(here.path('dc2'), 'old'), 'old');
  await backup(here.at('dc1'), archive);
  const whole = await readFile(archive);
  await truncate(archive, 2_000_000);
  expect(failureType(await failed(restore(here.at('dc2'), archive)))).toBe('Damaged');
  expect(await readdir(here.path('dc2'))).toEqual(['old']);
  const left = (await beside('dc2')).filter((name) => name.startsWith('next-'));
  expect(left).toHaveLength(1);

  await writeFile(archive, whole);
  await restore(here.at('dc2'), archive);
  expect(existsSync(`${here.path('dc2')}.understudy/${left[0]}`)).toBe(false);
  expect(listing(here.path('dc2'))).toBe(listing(here.path('dc1')));
});

test('a cancelled restore changes nothing and passes the reason on', async () => {
  await mkdir(here.path('dc1'));
  await writeFile(join(here.path('dc1'), 'large'), Buffer.alloc(30_000_000, 'x'));
  await mkdir(here.path('dc2'));
  await writeFile(join(here.path('dc2'), 'old'), 'old');
  await backup(here.at('dc1'), archive);
  const cancel = new AbortController();
  const reason = new Error('displaced');
  const running = here
    .at('dc2')
    .restore(
      { ...work(cancel.signal), progress: () => cancel.abort(reason) },
      { stream: async () => createReadStream(archive), file: 'tree.tar', bytes: 1 },
    );
  expect(await failed(running)).toBe(reason);
  expect(await readdir(here.path('dc2'))).toEqual(['old']);
});

test('a file that changed in the archive after it was made does not pass for what it was', async () => {
  await mkdir(here.path('dc1'));
  await writeFile(join(here.path('dc1'), 'file'), 'a'.repeat(5_000));
  const held = await backup(here.at('dc1'), archive);
  const bytes = await readFile(archive);
  bytes[bytes.indexOf('aaaaaaaa') + 100] = 'b'.charCodeAt(0);
  await writeFile(archive, bytes);
  await restore(here.at('dc2'), archive);
  expect(await here.at('dc2').inventory(new AbortController().signal)).not.toEqual(held);
});

test('files that change while they are read are told, and do not fail the backup', async () => {
  const path = here.path('dc1');
  await mkdir(path);
  await writeFile(join(path, 'b-large'), Buffer.alloc(20_000_000, 'x'));
  await writeFile(join(path, 'z-removed'), 'x');
  const running = await here.at('dc1').backup(work());
  // tar is stopped in the middle of the large file for as long as nobody reads on.
  await once(running.stream, 'readable');
  await writeFile(join(path, 'b-large'), 'longer', { flag: 'a' });
  await rm(join(path, 'z-removed'));
  for await (const _ of running.stream);
  await running.finish();
  const inventory = running.inventory?.() ?? {};
  expect(Object.keys(inventory['changed-while-read'] ?? {})).toContain('./b-large');
  expect(inventory.tree).toHaveProperty('b-large');
  expect(inventory.tree).not.toHaveProperty('z-removed');
});

test('a file that is cut while it is read is damage: the backup is made again', async () => {
  const path = here.path('dc1');
  await mkdir(path);
  await writeFile(join(path, 'large'), Buffer.alloc(20_000_000, 'x'));
  const running = await here.at('dc1').backup(work());
  await once(running.stream, 'readable');
  await truncate(join(path, 'large'), 1_000);
  const error = await failed(
    (async () => {
      for await (const _ of running.stream);
    })(),
  );
  expect(failureType(error)).toBe('NotYet');
  expect(error.message).toContain('large');
});

test('a reader that goes away ends tar', async () => {
  const path = here.path('dc1');
  await mkdir(path);
  await writeFile(join(path, 'large'), Buffer.alloc(20_000_000, 'x'));
  const running = await here.at('dc1').backup(work());
  await once(running.stream, 'readable');
  running.stream.destroy();
  await expect.poll(() => readdir(join(here.folder, 'dc1-children'))).toEqual([]);
});

test('a tree that is a link, a mount point or missing is refused before anything is changed', async () => {
  await mkdir(join(here.folder, 'real'));
  await symlink(join(here.folder, 'real'), here.path('dc1'));
  const signal = new AbortController().signal;
  expect(await here.at('dc1').check(signal)).toContainEqual(expect.objectContaining({ level: 'error', topic: 'path' }));
  await writeFile(archive, '');
  const error = await failed(restore(here.at('dc1'), archive));
  expect(error.message).toContain('symbolic link');
  expect(failureType(await failed(here.at('dc2').backup(work())))).toBe('Refused');
});
