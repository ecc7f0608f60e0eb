import { chmod, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { failureType } from '../../../activities/failure.ts';
import type { StoredStream, Vault } from '../../../activities/vault/vault.ts';
import { pointId } from '../../../model/names.ts';
import type { Manifest } from '../../../model/points.ts';
import {
  contentOf,
  failed,
  madePair,
  manifestOf,
  noise,
  type PairOfVaults,
  points,
  restic,
  type SiteName,
  sizeOf,
  streamOf,
  work,
} from '../pair-of-vaults.ts';
import { packageOf } from './packages.ts';
import { sha256 } from './scratch-folder.ts';

let pair: PairOfVaults;
beforeEach(async () => {
  pair = await madePair();
});
afterEach(() => pair.remove());

const store = (
  vault: Vault,
  sequence: number,
  bytes: Buffer,
  stream: Readable = streamOf(bytes),
): Promise<StoredStream> =>
  vault.store(work(), {
    point: pointId(1, sequence),
    component: 'flow',
    file: 'package.fsconfig',
    stream,
    bytes: bytes.length,
    format: 'zip',
  });

/** As the site does it: what `store` tells goes into the manifest. */
async function backUp(vault: Vault, site: SiteName, sequence: number, bytes: Buffer): Promise<Manifest> {
  const stored = await store(vault, sequence, bytes);
  const manifest = manifestOf(pointId(1, sequence), site, { flow: { ...stored, file: 'package.fsconfig' } });
  const artefacts = manifest.artefacts.map((artefact) => ({ ...artefact, ...stored }));
  await vault.seal(work(), { ...manifest, artefacts });
  return { ...manifest, artefacts };
}

async function toStandby(vault: Vault, sequence: number): Promise<Manifest> {
  const manifest = await vault.pull(work(), pointId(1, sequence));
  await vault.verify(work(), manifest);
  return manifest;
}

const dumped = async (vault: Vault, manifest: Manifest): Promise<string> =>
  sha256(await contentOf(await vault.dump(work(), manifest, 'flow')));

const pieces = (site: SiteName): string => join(pair.folder, site, 'cache', 'pieces', 'flow');

/** A restic that notes each call and what it said. */
async function noting(): Promise<{ readonly program: string; calls(): Promise<string[]> }> {
  const [program, log] = [join(pair.folder, 'noting.sh'), join(pair.folder, 'calls')];
  // All is noted before the call ends.
  const lines = [
    '#!/bin/bash',
    'set -o pipefail',
    `echo "call $1" >> '${log}'`,
    `said=$(mktemp '${pair.folder}/said.XXXXXX')`,
    `'${inject('restic')}' "$@" | tee "$said"`,
    'code=$?',
    `grep -a '"summary"' "$said" >> '${log}'`,
    'rm "$said"',
    'exit $code',
  ];
  await writeFile(program, `${lines.join('\n')}\n`);
  await chmod(program, 0o755);
  return {
    program,
    calls: async () => (await readFile(log, 'utf8')).trim().split('\n'),
  };
}

test('a package goes to the standby and out again bit for bit, in no more calls of restic than one stream takes', async () => {
  const bytes = packageOf(1);
  const { program, calls } = await noting();
  const [a, b] = [pair.open('a', { restic: program }), pair.open('b', { restic: program })];
  const made = await backUp(a, 'a', 1, bytes);
  expect(made.artefacts[0]).toMatchObject({ layout: 'pieces', bytes: bytes.length, sha256: sha256(bytes) });
  expect(await dumped(b, await toStandby(b, 1))).toBe(sha256(bytes));
  const counted = (await calls()).filter((line) => /^call (backup|copy|dump)/.test(line));
  // The package, its manifest; the copy; the manifest and the package read again. The restore reads the pieces.
  expect(counted).toEqual(['call backup', 'call backup', 'call dump', 'call copy', 'call dump']);
  // No name in a package is ever a path.
  const files = await readdir(join(pieces('a'), 'tree'), { recursive: true, withFileTypes: true });
  const names = files.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(-66));
  expect(names.filter((name) => !/([0-9a-f]{2}[\\/][0-9a-f]{62}|^\w[\\/][0-9a-f]{64})$/.test(name))).toEqual([]);
});

test('of a changed package only what changed is read, stored and moved, whatever its stamps and order', async () => {
  const bulk = 40;
  const { program, calls } = await noting();
  const a = pair.open('a', { restic: program });
  await backUp(a, 'a', 1, packageOf(1, bulk));
  await toStandby(pair.b, 1);
  const before = { a: await sizeOf(pair.repository('a')), b: await sizeOf(pair.repository('b')) };
  const bytes = packageOf(2, 2);
  await backUp(a, 'a', 2, packageOf(1, bulk));
  const unchanged = { a: await sizeOf(pair.repository('a')) };
  await backUp(a, 'a', 3, bytes);
  expect(await dumped(pair.b, await toStandby(pair.b, 3))).toBe(sha256(bytes));

  const summaries = (await calls()).filter((line) => line.includes('files_new')).map((line) => JSON.parse(line));
  const packages = summaries.filter((said) => said.total_files_processed > 10);
  expect(packages).toHaveLength(3);
  expect(packages[1]).toMatchObject({ files_new: 0, files_changed: 0 });
  // 40 entries are what they were before they changed, two differ, and the skeleton is another.
  expect(packages[2].files_new).toBeLessThanOrEqual(bulk + 1);
  expect(packages[2].files_unmodified).toBeGreaterThan(70);
  expect(unchanged.a - before.a).toBeLessThan(20_000);
  const moved = (await sizeOf(pair.repository('b'))) - before.b;
  expect(moved).toBeLessThan(bytes.length * 0.4);
});

test('what is no zip is stored as it comes, and it says why', async () => {
  const bytes = noise(3_000_000, 5);
  const made = await backUp(pair.a, 'a', 1, bytes);
  expect(made.artefacts[0]).toMatchObject({ plain: 'it does not begin like a zip' });
  expect(made.artefacts[0]?.layout).toBeUndefined();
  expect(await dumped(pair.b, await toStandby(pair.b, 1))).toBe(sha256(bytes));
});

test('a zip that does not parse from some byte on is whole again as well, and it says from which', async () => {
  const zip = packageOf(1);
  const bytes = Buffer.concat([zip.subarray(0, 400_000), noise(900_000, 3), zip.subarray(400_000)]);
  const made = await backUp(pair.a, 'a', 1, bytes);
  expect(made.artefacts[0]?.plain).toMatch(
    /at byte \d+ there is no record of a zip|entry at byte \d+, which does not tell its size/,
  );
  expect(await dumped(pair.b, await toStandby(pair.b, 1))).toBe(sha256(bytes));
});

test('a stream that is not as long as promised, breaks or is stopped leaves no snapshot, and the next one is fine', async () => {
  const bytes = packageOf(1);
  const broken = Readable.from(
    (async function* () {
      yield bytes.subarray(0, 700_000);
      throw new Error('the line is dead');
    })(),
    { objectMode: false },
  );
  expect((await failed(store(pair.a, 1, bytes, broken))).message).toContain('the line is dead');
  const short = streamOf(bytes.subarray(0, 900_000));
  expect((await failed(store(pair.a, 1, bytes, short))).message).toMatch(
    /ended early: \d+ bytes were promised, 900000/,
  );
  const long = streamOf(Buffer.concat([bytes, Buffer.alloc(1)]));
  expect((await failed(store(pair.a, 1, bytes, long))).message).toContain('is longer');
  const stopping = new AbortController();
  const endless = new Readable({ read() {} });
  endless.push(bytes.subarray(0, 700_000));
  const stopped = pair.a.store(work({ signal: stopping.signal }), {
    point: pointId(1, 1),
    component: 'flow',
    file: 'package.fsconfig',
    stream: endless,
    format: 'zip',
  });
  setTimeout(() => stopping.abort(new Error('enough')), 50);
  expect((await failed(stopped)).message).toBe('enough');
  expect((await failed(store(pair.a, 1, Buffer.alloc(0)))).message).toContain('is empty');

  expect(JSON.parse(await restic(pair, 'a', 'snapshots', '--json', '--tag', 'understudy.kind=artefact'))).toEqual([]);
  await backUp(pair.a, 'a', 1, bytes);
  expect(await dumped(pair.b, await toStandby(pair.b, 1))).toBe(sha256(bytes));
});

test('the standby gives any point it holds, and heals what is lost or damaged beside its vault', async () => {
  const [first, second] = [packageOf(1), packageOf(2)];
  await backUp(pair.a, 'a', 1, first);
  await backUp(pair.a, 'a', 2, second);
  const old = await toStandby(pair.b, 1);
  const now = await toStandby(pair.b, 2);
  expect(await dumped(pair.b, old)).toBe(sha256(first));
  expect(await dumped(pair.b, now)).toBe(sha256(second));

  await rm(join(pieces('b'), '..'), { recursive: true });
  expect(await dumped(pair.b, now)).toBe(sha256(second));

  const [folder = ''] = (await readdir(join(pieces('b'), 'tree'))).filter((name) => name.length === 2);
  const [piece = ''] = await readdir(join(pieces('b'), 'tree', folder));
  const path = join(pieces('b'), 'tree', folder, piece);
  await writeFile(path, 'other bytes');
  expect(await dumped(pair.b, now)).toBe(sha256(second));

  const skeleton = join(pieces('b'), 'tree', '.skeleton', sha256(second));
  await writeFile(skeleton, (await readFile(skeleton)).subarray(0, 100));
  expect(await dumped(pair.b, now)).toBe(sha256(second));
});

test('a disk that changes bytes and tells nobody is noticed before anything is acted on, and healed by the next try', async () => {
  const bytes = packageOf(1);
  await backUp(pair.a, 'a', 1, bytes);
  const manifest = await toStandby(pair.b, 1);
  const { path, marks } = await rotten('b');
  await writeFile(join(pieces('b'), 'trusted.json'), marks);
  const error = await failed(dumped(pair.b, manifest));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toContain('read from the vault again');
  expect(await dumped(pair.b, manifest)).toBe(sha256(bytes));
  expect(path).toContain('tree');

  // Also by a reading of the vault, which takes note of what it can trust while it is put together.
  await writeFile(join(pieces('b'), 'trusted.json'), (await rotten('b')).marks);
  expect(failureType(await failed(pair.b.verify(work(), manifest)))).toBe('Unavailable');
  await pair.b.verify(work(), manifest);
  expect(await dumped(pair.b, manifest)).toBe(sha256(bytes));
});

/** Changes a piece, and what is noted of it so that nothing shows. */
async function rotten(site: SiteName): Promise<{ readonly path: string; readonly marks: string }> {
  const tree = join(pieces(site), 'tree');
  const [folder = ''] = (await readdir(tree)).filter((name) => name.length === 2);
  const [piece = ''] = await readdir(join(tree, folder));
  const path = join(tree, folder, piece);
  const { size, atime, mtime } = await stat(path);
  await writeFile(path, Buffer.alloc(size, 7));
  await utimes(path, atime, mtime);
  const { mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
  const noted = JSON.parse(await readFile(join(pieces(site), 'trusted.json'), 'utf8'));
  const marks = noted.marks.map(([name, ...rest]: [string, number, string]) =>
    name === folder + piece ? [name, size, `${mtimeNs} ${ctimeNs} ${ino}`] : [name, ...rest],
  );
  return { path, marks: JSON.stringify({ ...noted, marks }) };
}

test('a piece that rotted at the active never becomes part of a point: the backup notices and is done again', async () => {
  const bytes = packageOf(1);
  await backUp(pair.a, 'a', 1, bytes);
  const { marks } = await rotten('a');
  await writeFile(join(pieces('a'), 'trusted.json'), marks);
  const error = await failed(store(pair.a, 2, bytes));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toContain('damaged on disk');
  await backUp(pair.a, 'a', 2, bytes);
  expect(await dumped(pair.b, await toStandby(pair.b, 2))).toBe(sha256(bytes));
});

test('data that is damaged in the vault is told by the reading at the standby', async () => {
  await backUp(pair.a, 'a', 1, packageOf(1));
  const manifest = await pair.b.pull(work(), pointId(1, 1));
  const data = join(pair.repository('b'), 'data');
  const packs = (await readdir(data, { recursive: true })).filter((name) => name.length > 60);
  const sizes = await Promise.all(packs.map(async (name) => ({ name, size: (await stat(join(data, name))).size })));
  const [largest] = sizes.sort((x, y) => y.size - x.size);
  const pack = join(data, largest?.name ?? '');
  const bytes = await readFile(pack);
  bytes.fill(0, 1000, 3000);
  await chmod(pack, 0o600);
  await writeFile(pack, bytes);
  expect(failureType(await failed(pair.b.verify(work(), manifest)))).toBe('Damaged');
  await rm(pack);
  expect(failureType(await failed(pair.b.verify(work(), manifest)))).toBe('Damaged');
});

test('after a change of roles the new active knows the pieces that it restored', async () => {
  const bytes = packageOf(1);
  await backUp(pair.a, 'a', 1, bytes);
  await toStandby(pair.b, 1);
  const before = await stat(join(pieces('b'), 'tree'));
  const made = await backUp(pair.b, 'b', 2, packageOf(2));
  expect(made.artefacts[0]?.stored).toBeLessThan(400_000);
  expect((await stat(join(pieces('b'), 'tree'))).ino).toBe(before.ino);
  expect(await points(pair.b)).toHaveLength(2);
  await toStandby(pair.a, 2);
});
