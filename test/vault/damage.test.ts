import { chmod, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import type { Manifest } from '../../model/points.ts';
import {
  contentOf,
  copyOf,
  failed,
  madePair,
  makePoint,
  noise,
  type PairOfVaults,
  restic,
  work,
} from './pair-of-vaults.ts';

let made: PairOfVaults;
let pair: PairOfVaults;
let manifest: Manifest;
beforeAll(async () => {
  made = await madePair();
  await makePoint(made.a, 'a', 'e1.s1', { app: noise(6_000_000) });
  [manifest] = (await made.a.manifests(work())) as [Manifest];
});
afterAll(() => made.remove());
beforeEach(async () => {
  pair = await copyOf(made);
});
afterEach(() => pair.remove());

/** The largest file of the repository: it holds nothing but the artefact. */
async function largestPack(): Promise<string> {
  const folder = join(pair.repository('a'), 'data');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const sized = await Promise.all(
    files.map(async (one) => {
      const path = join(one.parentPath, one.name);
      return { path, size: (await stat(path)).size };
    }),
  );
  return sized.sort((a, b) => b.size - a.size)[0]?.path ?? '';
}

async function overwrite(path: string, at: number): Promise<void> {
  // restic makes its files read-only.
  await chmod(path, 0o600);
  const file = await open(path, 'r+');
  await file.write(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]), 0, 8, at);
  await file.close();
}

test('an intact point is verified', async () => {
  await pair.a.verify(work(), manifest);
});

test('eight wrong bytes in a pack are found by verify, and through the stream by dump', async () => {
  await overwrite(await largestPack(), 1_000_000);
  expect(failureType(await failed(pair.a.verify(work(), manifest)))).toBe('Damaged');
  const stream = await pair.a.dump(work(), manifest, 'app');
  expect(failureType(await failed(contentOf(stream)))).toBe('Damaged');
});

test('a pack that is gone is damage, found without the long wait for it to come back', async () => {
  await rm(await largestPack());
  const error = await failed(pair.a.verify(work(), manifest));
  expect(failureType(error)).toBe('Damaged');
  expect(error.message).toContain('data in the vault of a');
});

test('a vault that goes away while it is read is unavailable, not damaged', async () => {
  await rm(join(pair.repository('a'), 'data'), { recursive: true });
  const stream = pair.a.dump(work(), manifest, 'app');
  await rename(join(pair.repository('a'), 'config'), join(pair.repository('a'), 'no-config'));
  expect(failureType(await failed(stream.then(contentOf)))).toBe('Unavailable');
});

test('content that restic gives back whole, but that is not what the manifest says, is damage', async () => {
  const [artefact] = manifest.artefacts;
  const wrong = (change: object): Manifest => ({
    ...manifest,
    artefacts: [{ ...artefact, ...change } as typeof artefact & object],
  });
  const digest = await failed(pair.a.verify(work(), wrong({ sha256: 'a'.repeat(64) })));
  expect(digest.message).toContain('its SHA-256 is');
  expect(failureType(digest)).toBe('Damaged');
  expect((await failed(pair.a.verify(work(), wrong({ bytes: 6_000_001 })))).message).toContain(
    '6000000 bytes instead of',
  );
  expect((await failed(pair.a.verify(work(), wrong({ bytes: 5_000_000 })))).message).toContain('longer than 5000000');
});

test('an artefact whose snapshot was removed by hand makes its point disappear, and check names it', async () => {
  await restic(pair, 'a', 'forget', manifest.artefacts[0]?.snapshot ?? '');
  expect(await pair.a.manifests(work())).toEqual([]);
  expect(failureType(await failed(pair.a.verify(work(), manifest)))).toBe('Damaged');
  const findings = await pair.a.check(work());
  expect(findings.find(({ topic }) => topic === 'vault-points')?.says).toContain('e1.s1');
});

test('a reader that stops early stops restic', async () => {
  const stream = await pair.a.dump(work(), manifest, 'app');
  stream.destroy();
  await expect.poll(() => readdir(join(pair.folder, 'children'))).toEqual([]);
  expect(await readdir(join(pair.repository('a'), 'locks'))).toEqual([]);
});
