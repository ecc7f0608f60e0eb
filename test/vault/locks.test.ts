import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import {
  contentOf,
  copyOf,
  failed,
  madePair,
  makePoint,
  manifestOf,
  noise,
  PASSWORDS,
  type PairOfVaults,
  points,
  streamOf,
  work,
} from './pair-of-vaults.ts';
import { packageOf } from './pieces/packages.ts';

let made: PairOfVaults;
let pair: PairOfVaults;
beforeAll(async () => {
  made = await madePair();
  await makePoint(made.a, 'a', 'e1.s1', { app: noise(1000) });
});
afterAll(() => made.remove());
beforeEach(async () => {
  pair = await copyOf(made);
});
afterEach(() => pair.remove());

const locks = async (): Promise<string[]> =>
  (await readdir(join(pair.repository('a'), 'locks'))).filter((name) => !name.includes('tmp'));

/** restic at work, holding its lock until it is ended. A check locks exclusively. */
async function locking(kind: 'shared' | 'exclusive'): Promise<ChildProcess> {
  const args = kind === 'shared' ? ['backup', '--stdin'] : ['check', '--limit-download=1', '--read-data'];
  const before = (await locks()).length;
  const child = spawn(inject('restic'), [...args, '--no-cache', '--quiet'], {
    env: { ...process.env, RESTIC_REPOSITORY: pair.repository('a'), RESTIC_PASSWORD: PASSWORDS.a },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const held = async () => (await locks()).length;
  await expect.poll(held, { timeout: 30_000, interval: 5 }).toBeGreaterThan(before);
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

test('an exclusive lock of a killed restic does not stop the next backup, nor the next removal', async () => {
  await makePoint(pair.a, 'a', 'e1.s2', { app: noise(3_000_000) });
  await killed(await locking('exclusive'));
  expect(await locks()).toHaveLength(1);
  await makePoint(pair.a, 'a', 'e1.s3', { app: noise(1000) });

  await killed(await locking('exclusive'));
  await pair.a.forget(work(), ['e1.s1']);
  expect(await points(pair.a)).toEqual(['e1.s2', 'e1.s3']);
  expect(await locks()).toEqual([]);
});

test('an exclusive lock of a killed restic stops no point from being read again, nor from being restored', async () => {
  const artefacts = { plain: noise(3_000_000), pieces: packageOf(1) };
  const stored = await pair.a.store(work(), {
    ...{ point: 'e1.s2', component: 'pieces', file: 'package.fsconfig', format: 'zip' as const },
    ...{ stream: streamOf(artefacts.pieces), bytes: artefacts.pieces.length },
  });
  const plain = await makePoint(pair.a, 'a', 'e1.s3', { plain: artefacts.plain });
  const told = manifestOf('e1.s2', 'a', { pieces: { ...stored, file: 'package.fsconfig' } });
  const pieces = { ...told, artefacts: told.artefacts.map((each) => ({ ...each, ...stored })) };
  await killed(await locking('exclusive'));
  for (const manifest of [plain, pieces]) await pair.a.verify(work(), manifest);
  expect(await contentOf(await pair.a.dump(work(), plain, 'plain'))).toEqual(artefacts.plain);
  expect(await contentOf(await pair.a.dump(work(), pieces, 'pieces'))).toEqual(artefacts.pieces);
  expect(await locks(), 'and what is read leaves none').toHaveLength(1);
});

test('a lock whose owner lives is left; a removal waits for it, then may be tried again', async () => {
  const living = await locking('shared');
  try {
    const controller = new AbortController();
    const error = await failed(pair.a.forget(work({ signal: controller.signal }), ['e1.s1']));
    expect(failureType(error)).toBe('Unavailable');
    expect(error.message).toContain(`already locked by PID ${living.pid}`);
  } finally {
    await killed(living);
  }
  expect(await pair.a.forget(work(), ['e1.s1'])).toEqual({ removed: ['e1.s1'] });
});
