import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import {
  copyOf,
  failed,
  madePair,
  makePoint,
  noise,
  PASSWORDS,
  type PairOfVaults,
  points,
  work,
} from './pair-of-vaults.ts';

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

test('unlock removes what dead processes left, without a word', async () => {
  await killed(await locking('shared'));
  await killed(await locking('shared'));
  expect(await locks()).not.toEqual([]);
  expect(await pair.a.unlock(work())).toEqual([]);
  expect(await locks()).toEqual([]);
});

test('a lock whose owner lives is left and reported with its owner; a removal waits for it, then may be tried again', async () => {
  const living = await locking('shared');
  try {
    const [finding, ...more] = await pair.a.unlock(work());
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ level: 'note', topic: 'vault-lock', site: 'a' });
    expect(finding?.says).toContain(`process ${living.pid} of`);

    const controller = new AbortController();
    const error = await failed(pair.a.forget(work({ signal: controller.signal }), ['e1.s1']));
    expect(failureType(error)).toBe('Unavailable');
    expect(error.message).toContain(`already locked by PID ${living.pid}`);
  } finally {
    await killed(living);
  }
  expect(await pair.a.forget(work(), ['e1.s1'])).toEqual({ removed: ['e1.s1'] });
});
