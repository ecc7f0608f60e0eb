import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import type { SealedPart } from '../../model/points.ts';
import {
  contentOf,
  copyOf,
  failed,
  fingerprint,
  madePair,
  makePoint,
  manifestOf,
  noise,
  PASSWORDS,
  type PairOfVaults,
  points,
  restic,
  streamOf,
  work,
} from './pair-of-vaults.ts';

const MB = 1_000_000;
const contents = { app: noise(4 * MB, 3), files: noise(MB, 4) };
let made: PairOfVaults;
let pair: PairOfVaults;
beforeAll(async () => {
  made = await madePair();
  await makePoint(made.a, 'a', 'e1.s1', contents);
});
afterAll(() => made.remove());
beforeEach(async () => {
  pair = await copyOf(made);
});
afterEach(() => pair.remove());

test('the peer’s vault is only read: not a file or folder in it is touched, not even for a lock', async () => {
  const before = await fingerprint(pair.repository('a'));
  const manifest = await pair.b.pull(work(), 'e1.s1');
  await pair.b.readPeerMirror(work());
  expect(await fingerprint(pair.repository('a'))).toEqual(before);
  await pair.b.verify(work(), manifest);
});

test('a user who may read the peer’s vault, but not write it, can pull', async (context) => {
  const nobody = 65_534;
  let program = inject('restic');
  const root = process.getuid?.() === 0;
  if (process.platform === 'win32') return context.skip('no such rights on Windows');
  for (const entry of ['', ...(await readdir(pair.repository('a'), { recursive: true }))]) {
    const path = join(pair.repository('a'), entry);
    const folder = (await readdir(path).catch(() => undefined)) !== undefined;
    await chmod(path, folder ? 0o555 : 0o444);
  }
  if (root) {
    // Rights do not bind root, so restic runs as someone else.
    if (process.platform !== 'linux') return context.skip('needs setpriv');
    for (const site of ['', 'a', 'b']) await chmod(join(pair.folder, site), 0o755);
    for (const entry of ['', ...(await readdir(pair.repository('b'), { recursive: true }))])
      await chown(join(pair.repository('b'), entry), nobody, nobody);
    const wrapper = join(pair.folder, 'restic');
    const as = `setpriv --reuid=${nobody} --regid=${nobody} --clear-groups`;
    await writeFile(wrapper, `#!/bin/sh\nexec ${as} ${program} "$@"\n`, { mode: 0o755 });
    program = wrapper;
  }
  const b = pair.open('b', { restic: program });
  await b.pull(work(), 'e1.s1');
  expect(await points(b)).toEqual(['e1.s1']);
  // The same user cannot write there: the test would not show anything otherwise.
  const input = { point: 'e1.s2', component: 'app', file: 'x', stream: streamOf(noise(1000)) };
  const a = pair.open('a', { restic: program });
  expect(failureType(await failed(a.store(work(), input)))).toBe('Refused');
  for (const entry of ['', ...(await readdir(pair.repository('a'), { recursive: true }))])
    await chmod(join(pair.repository('a'), entry), 0o755);
});

test('pulling again copies nothing, also when another vault object asks', async () => {
  const first = await pair.b.pull(work(), 'e1.s1');
  const before = await fingerprint(pair.repository('b'));
  expect(await pair.b.pull(work(), 'e1.s1')).toEqual(first);
  expect(await pair.open('b', { cache: 'fresh' }).pull(work(), 'e1.s1')).toEqual(first);
  expect(await fingerprint(pair.repository('b'))).toEqual(before);
});

test('a copy that was cut short is no point, and the next pull completes it', async () => {
  const [app] = JSON.parse(await restic(pair, 'a', 'snapshots', '--json', '--tag', 'understudy.component=app')) as {
    id: string;
  }[];
  const [seal] = JSON.parse(await restic(pair, 'a', 'snapshots', '--json', '--tag', 'understudy.kind=manifest')) as {
    id: string;
  }[];
  // As a killed copy leaves it, and worse: the manifest is here, but not everything that it names.
  await copyByHand(pair, app?.id ?? '', seal?.id ?? '');
  expect(await points(pair.b)).toEqual([]);

  const pulled = await pair.b.pull(work(), 'e1.s1');
  expect(await points(pair.b)).toEqual(['e1.s1']);
  expect((await contentOf(await pair.b.dump(work(), pulled, 'files'))).equals(contents.files)).toBe(true);
});

/** A restic that takes half a minute for a copy. */
async function slowly(): Promise<string> {
  const program = join(pair.folder, 'slowly');
  const restic = `exec '${inject('restic')}' "$@"`;
  await writeFile(program, `#!/bin/sh\n[ "$1" = copy ] && ${restic} --limit-download=150\n${restic}\n`);
  await chmod(program, 0o755);
  return program;
}

test('a pull that is cancelled in the middle stops restic, and the next one completes it', async () => {
  const controller = new AbortController();
  const atWork = async () => (await readdir(join(pair.repository('b'), 'locks'))).length > 0;
  const cancel = async () => {
    if (process.platform !== 'win32') await vi.waitUntil(atWork, { timeout: 30_000, interval: 5 });
    controller.abort(new Error('cancelled'));
  };
  let copies: Promise<void> | undefined;
  const cancelling = work({
    signal: controller.signal,
    progress: ({ what }) => {
      if (what.startsWith('copying')) copies ??= cancel();
    },
  });
  const b = process.platform === 'win32' ? pair.b : pair.open('b', { restic: await slowly() });
  expect((await failed(b.pull(cancelling, 'e1.s1'))).message).toBe('cancelled');
  await copies;
  expect(await readdir(join(pair.folder, 'children'))).toEqual([]);
  await pair.b.pull(work(), 'e1.s1');
  expect(await points(pair.b)).toEqual(['e1.s1']);
});

describe('told by the sealer where a point lies', () => {
  /** Which commands restic was given, and of which vault. */
  const recording = async (): Promise<{ readonly program: string; calls(): Promise<string[]> }> => {
    const [program, log] = [join(pair.folder, 'recording'), join(pair.folder, 'calls')];
    await writeFile(
      program,
      `#!/bin/sh\necho "$1 of $RESTIC_REPOSITORY" >>'${log}'\nexec '${inject('restic')}' "$@"\n`,
    );
    await chmod(program, 0o755);
    return { program, calls: async () => (await readFile(log, 'utf8')).trim().split('\n') };
  };
  const seal = async () => {
    const input = { point: 'e1.s2', component: 'app', file: 'x', stream: streamOf(noise(MB, 5)) };
    const stored = await pair.a.store(work(), input);
    return pair.a.seal(work(), manifestOf('e1.s2', 'a', { app: { ...stored, file: 'x' } }));
  };

  test.skipIf(process.platform === 'win32')('a pull copies it at once, and looks only at what came', async () => {
    const parts = await seal();
    expect(parts.map(({ component }) => component)).toEqual(['app', null]);
    const { program, calls } = await recording();
    const b = pair.open('b', { restic: program });
    await b.manifests(work());
    const manifest = await b.pull(work(), 'e1.s2', parts);
    const at = pair.repository('b');
    expect(await calls()).toEqual([`snapshots of ${at}`, `copy of ${at}`, `dump of ${at}`]);
    expect(await pair.open('b', { cache: 'fresh' }).manifests(work())).toEqual([manifest]);
    expect((await contentOf(await pair.b.dump(work(), manifest, 'app'))).equals(noise(MB, 5))).toBe(true);
  });

  test.each([
    ['names snapshots that are gone', (part: SealedPart) => ({ ...part, snapshot: 'a'.repeat(64) })],
    ['names no snapshots', (part: SealedPart) => ({ ...part, snapshot: 'latest' })],
    ['names other components', (part: SealedPart) => ({ ...part, component: part.component && 'other' })],
  ])('what %s does no harm: the point is looked for', async (_what, told) => {
    const parts = (await seal()).map(told);
    const manifest = await pair.b.pull(work(), 'e1.s2', parts);
    expect((await contentOf(await pair.b.dump(work(), manifest, 'app'))).equals(noise(MB, 5))).toBe(true);
    expect(await pair.open('b', { cache: 'fresh' }).manifests(work())).toEqual([manifest]);
  });

  test('a part that is missing is looked for too', async () => {
    const parts = await seal();
    const manifest = await pair.b.pull(work(), 'e1.s2', parts.slice(1));
    expect((await contentOf(await pair.b.dump(work(), manifest, 'app'))).equals(noise(MB, 5))).toBe(true);
  });
});

test('what the peer has not sealed, or does not have, is not pulled', async () => {
  const stored = await pair.a.store(work(), {
    point: 'e1.s2',
    component: 'app',
    file: 'x',
    stream: streamOf(noise(1000)),
  });
  expect((await failed(pair.b.pull(work(), 'e1.s2'))).message).toContain('holds no recovery point e1.s2');
  await pair.a.seal(work(), manifestOf('e1.s2', 'a', { app: { ...stored, file: 'x' } }));
  await pair.b.pull(work(), 'e1.s2');
  expect(await points(pair.b)).toEqual(['e1.s2']);
});

test('of several attempts to store a component, only the one in the manifest crosses', async () => {
  const failedAttempt = { point: 'e1.s3', component: 'app', file: 'x', stream: streamOf(noise(2 * MB, 8)) };
  await pair.a.store(work(), failedAttempt);
  await makePoint(pair.a, 'a', 'e1.s3', { app: noise(1000, 9) });
  await pair.b.pull(work(), 'e1.s3');
  const here = JSON.parse(await restic(pair, 'b', 'snapshots', '--json', '--tag', 'understudy.point=e1.s3'));
  expect(here).toHaveLength(2);
});

test('the newest mirror of the peer can be read, whatever its clock says, and none is null', async () => {
  expect(await pair.b.readPeerMirror(work())).toBe(null);
  await pair.a.publishMirror(work(), { role: 'active', epoch: 1 });
  // The next number is above the former one even if the clock is behind it.
  await mkdir(join(pair.folder, 'a', 'cache'), { recursive: true });
  await writeFile(join(pair.folder, 'a', 'cache', 'mirror-number'), String(Date.now() + 86_400_000));
  await pair.a.publishMirror(work(), { role: 'demoting', epoch: 3 });
  await pair.a.publishMirror(work(), { role: 'standby', epoch: 3 });
  expect(await pair.b.readPeerMirror(work())).toEqual({ role: 'standby', epoch: 3 });
  expect(await pair.a.readPeerMirror(work())).toBe(null);
});

test('a lost peer is unavailable, and may be asked again', async () => {
  const peer = { repository: join(pair.folder, 'gone'), password: { env: 'a' } };
  expect(failureType(await failed(pair.open('b', { peer }).pull(work(), 'e1.s1')))).toBe('Unavailable');
  expect(failureType(await failed(pair.open('b', { peer }).readPeerMirror(work())))).toBe('Unavailable');
});

async function copyByHand(vaults: PairOfVaults, ...ids: string[]): Promise<void> {
  await promisify(execFile)(inject('restic'), ['copy', '--no-lock', '--no-cache', ...ids], {
    env: {
      ...process.env,
      RESTIC_REPOSITORY: vaults.repository('b'),
      RESTIC_PASSWORD: PASSWORDS.b,
      RESTIC_FROM_REPOSITORY: vaults.repository('a'),
      RESTIC_FROM_PASSWORD: PASSWORDS.a,
    },
  });
}
