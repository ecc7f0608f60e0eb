import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { tagsOf } from '../../activities/vault/tags.ts';
import {
  contentOf,
  copyOf,
  madePair,
  makePoint,
  noise,
  type PairOfVaults,
  points,
  restic,
  sizeOf,
  streamOf,
  work,
} from './pair-of-vaults.ts';

const DAY = 86_400_000;
let made: PairOfVaults;
let pair: PairOfVaults;
beforeAll(async () => {
  made = await madePair();
  for (const [i, point] of ['e1.s1', 'e1.s2', 'e1.s3'].entries())
    await makePoint(made.a, 'a', point, { app: noise(2_000_000, i + 1), files: noise(1000, i + 1) });
});
afterAll(() => made.remove());
beforeEach(async () => {
  pair = await copyOf(made);
});
afterEach(() => pair.remove());

const ids = async (): Promise<string[]> =>
  (JSON.parse(await restic(pair, 'a', 'snapshots', '--json')) as { id: string }[]).map((one) => one.id);

test('points that are named are removed with their data; the others stay whole', async () => {
  const before = await sizeOf(pair.repository('a'));
  expect(await pair.a.forget(work(), ['e1.s1', 'e1.s2', 'e9.s9'])).toEqual({ removed: ['e1.s1', 'e1.s2'] });
  expect(await points(pair.a)).toEqual(['e1.s3']);
  expect(before - (await sizeOf(pair.repository('a')))).toBeGreaterThan(3_900_000);
  const [manifest] = await pair.a.manifests(work());
  if (manifest === undefined) throw new Error('e1.s3 is gone');
  expect((await contentOf(await pair.a.dump(work(), manifest, 'app'))).equals(noise(2_000_000, 3))).toBe(true);
});

test('what no manifest names is removed when it is older than a day, and not before', async () => {
  const before = await ids();
  const leftover = { component: 'app', file: 'x', stream: streamOf(noise(1000)) };
  await pair.a.store(work(), { ...leftover, point: 'e1.s4' });
  // A second attempt for a point that was then sealed with the first.
  await pair.a.store(work(), { ...leftover, point: 'e1.s3', stream: streamOf(noise(1000, 5)) });
  expect(await ids()).toHaveLength(before.length + 2);

  await pair.open('a', { now: () => Date.now() + DAY - 3_600_000 }).forget(work(), []);
  expect(await ids()).toHaveLength(before.length + 2);
  await pair.open('a', { now: () => Date.now() + DAY + 1000 }).forget(work(), []);
  expect((await ids()).sort()).toEqual(before.sort());
  expect(await points(pair.a)).toEqual(['e1.s1', 'e1.s2', 'e1.s3']);
});

test('snapshots that are not ours stay, however old they are', async () => {
  const stdin = async (...tags: string[]) => {
    await restic(pair, 'a', 'backup', '--quiet', fileURLToPath(import.meta.url), ...tags.map((tag) => `--tag=${tag}`));
  };
  await stdin();
  await stdin('point=e1.s1', 'nightly');
  // Another pair's, in the same repository.
  await stdin(tagsOf({ kind: 'artefact', pair: 'billing', site: 'a', point: 'e1.s1', component: 'app' }));
  await pair.open('a', { now: () => Date.now() + 400 * DAY }).forget(work(), ['e1.s1', 'e1.s2', 'e1.s3']);
  const left = JSON.parse(await restic(pair, 'a', 'snapshots', '--json')) as { tags?: string[] }[];
  expect(left.filter(({ tags }) => !tags?.includes('understudy.pair=orders'))).toHaveLength(3);
  expect(left.filter(({ tags }) => tags?.includes('understudy.pair=orders'))).toHaveLength(1);
});

test('a point with a manifest of a newer format is left alone', async () => {
  const stored = await pair.a.store(work(), {
    point: 'e7.s1',
    component: 'app',
    file: 'x',
    stream: streamOf(noise(1000)),
  });
  const [manifest] = await pair.a.manifests(work());
  if (manifest === undefined) throw new Error('no point');
  const [artefact] = manifest.artefacts;
  const newer = { ...manifest, id: 'e7.s1', format: 2, artefacts: [{ ...artefact, snapshot: stored.snapshot }] };
  await pair.a.seal(work(), newer as unknown as typeof manifest);
  const before = await ids();
  await pair.open('a', { now: () => Date.now() + 9 * DAY }).forget(work(), []);
  expect((await ids()).sort()).toEqual(before.sort());
  expect(await points(pair.a)).not.toContain('e7.s1');
});

test('of the mirrors only the newest three are kept', async () => {
  const before = await ids();
  for (let i = 0; i < 5; i++) await pair.a.publishMirror(work(), { epoch: i });
  await pair.a.forget(work(), []);
  expect(await ids()).toHaveLength(before.length + 3);
  expect(await pair.b.readPeerMirror(work())).toEqual({ epoch: 4 });
});
