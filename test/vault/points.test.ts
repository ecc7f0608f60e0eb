import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Progress } from '../../activities/components/component.ts';
import { failureType } from '../../activities/failure.ts';
import {
  contentOf,
  copyOf,
  failed,
  madePair,
  makePoint,
  manifestOf,
  noise,
  type PairOfVaults,
  points,
  restic,
  streamOf,
  work,
} from './pair-of-vaults.ts';

const MB = 1_000_000;
let made: PairOfVaults;
let pair: PairOfVaults;
beforeAll(async () => {
  made = await madePair();
});
afterAll(() => made.remove());
beforeEach(async () => {
  pair = await copyOf(made);
});
afterEach(() => pair.remove());

/** What restic itself would list: everything but the marker of the vault. */
const snapshotsIn = async (): Promise<number> => JSON.parse(await restic(pair, 'a', 'snapshots', '--json')).length - 1;

test('a point is stored, sealed, pulled by the peer, verified and read back bit for bit', async () => {
  const contents = { app: noise(3 * MB, 1), files: noise(MB, 2) };
  await makePoint(pair.a, 'a', 'e1.s1', contents);

  expect(await points(pair.a)).toEqual(['e1.s1']);
  const pulled = await pair.b.pull(work(), 'e1.s1');
  expect(await points(pair.b)).toEqual(['e1.s1']);
  await pair.b.verify(work(), pulled);
  for (const [component, data] of Object.entries(contents)) {
    expect((await contentOf(await pair.b.dump(work(), pulled, component))).equals(data)).toBe(true);
  }
  // Nothing that one vault object remembers is needed: another one sees the same.
  expect(await pair.open('b', { cache: 'fresh' }).manifests(work())).toEqual([pulled]);
});

test('an artefact that was stored is no point until it is sealed', async () => {
  const input = { point: 'e1.s1', component: 'app', file: 'app.bin', stream: streamOf(noise(MB)), bytes: MB };
  const stored = await pair.a.store(work(), input);
  expect(stored).toMatchObject({ bytes: MB });
  expect(stored.stored).toBeGreaterThanOrEqual(MB);
  expect(await points(pair.a)).toEqual([]);

  await pair.a.seal(work(), manifestOf('e1.s1', 'a', { app: { ...stored, file: 'app.bin' } }));
  expect(await points(pair.a)).toEqual(['e1.s1']);
});

test('a point is sealed once: again with the same content it stays, with other content it is refused', async () => {
  const manifest = await makePoint(pair.a, 'a', 'e1.s1', { app: noise(MB) });
  const before = await snapshotsIn();
  await pair.a.seal(work(), { ...manifest, finishedAt: '2026-01-02T09:09:09.000Z' });
  expect(await snapshotsIn()).toBe(before);
  expect((await pair.a.manifests(work()))[0]?.finishedAt).toBe(manifest.finishedAt);

  const stored = await pair.a.store(work(), {
    point: 'e1.s1',
    component: 'app',
    file: 'x',
    stream: streamOf(noise(MB, 7)),
  });
  const error = await failed(pair.a.seal(work(), manifestOf('e1.s1', 'a', { app: { ...stored, file: 'x' } })));
  expect(failureType(error)).toBe('Refused');
});

test('a manifest that names an artefact which is not in the vault is not written', async () => {
  const stored = { snapshot: 'f'.repeat(64), bytes: 1, sha256: '', stored: 1, file: 'x' };
  const error = await failed(pair.a.seal(work(), manifestOf('e1.s1', 'a', { app: stored })));
  expect(failureType(error)).toBe('Damaged');
  expect(await points(pair.a)).toEqual([]);
});

test('points are listed by epoch and sequence, whatever order they were made in', async () => {
  for (const point of ['e2.s1', 'e1.s10', 'e1.s9']) await makePoint(pair.a, 'a', point, { app: noise(1000) });
  expect(await points(pair.a)).toEqual(['e1.s9', 'e1.s10', 'e2.s1']);
});

describe('a stream that is not what it should be leaves no snapshot', () => {
  const store = (stream: Readable, bytes?: number) =>
    failed(
      pair.a.store(work(), {
        point: 'e1.s1',
        component: 'app',
        file: 'app.bin',
        stream,
        ...(bytes === undefined ? {} : { bytes }),
      }),
    );

  test('when it breaks in the middle', async () => {
    const broken = Readable.from(
      (async function* () {
        yield noise(2 * MB);
        throw new Error('the source went away');
      })(),
    );
    expect((await store(broken)).message).toBe('the source went away');
    expect(await snapshotsIn()).toBe(0);
  });

  test('when it is shorter or longer than promised, or empty', async () => {
    expect((await store(streamOf(noise(MB)), 2 * MB)).message).toContain('ended early: 2000000 bytes were promised');
    expect((await store(streamOf(noise(2 * MB)), MB)).message).toContain('is longer');
    expect((await store(Readable.from([]))).message).toContain('is empty');
    expect(await snapshotsIn()).toBe(0);
  });

  test('when the work is cancelled, and restic is gone then', async () => {
    const controller = new AbortController();
    const endless = Readable.from(
      (async function* () {
        for (let i = 0; ; i++) {
          yield noise(65_536, i + 1);
          if (i === 20) controller.abort(new Error('cancelled'));
        }
      })(),
    );
    const input = { point: 'e1.s1', component: 'app', file: 'app.bin', stream: endless };
    const error = await failed(pair.a.store(work({ signal: controller.signal }), input));
    expect(error.message).toBe('cancelled');
    expect(endless.destroyed).toBe(true);
    expect(await snapshotsIn()).toBe(0);
    // It was asked to stop, not killed, so it has taken its lock along.
    expect((await restic(pair, 'a', 'list', 'locks', '--no-lock')).trim()).toBe('');
  });
});

test('progress tells the bytes so far while a stream is stored and read', async () => {
  const seen: Progress[] = [];
  const slow = Readable.from(
    (async function* () {
      for (let i = 0; i < 12; i++) {
        yield noise(100_000, i + 1);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })(),
  );
  const telling = work({ progress: (progress) => seen.push(progress) });
  await pair.a.store(telling, { point: 'e1.s1', component: 'app', file: 'a', stream: slow, bytes: 1_200_000 });
  const bytes = seen.filter(({ what }) => what === 'storing app of e1.s1').map((progress) => progress.bytes ?? -1);
  expect(bytes[0]).toBe(0);
  expect(bytes.at(-1)).toBe(1_200_000);
  expect(bytes.filter((count) => count > 0 && count < 1_200_000).length).toBeGreaterThan(0);
  expect(seen.every((progress) => progress.total === 1_200_000)).toBe(true);
});
