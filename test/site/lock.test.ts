import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLock, type Lock } from '../../activities/site/lock.ts';
import { gate } from '../workflows/promises.ts';

let folder: string;
let lock: Lock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-lock-'));
  lock = createLock(join(folder, 'lock'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A step that holds the lock until it is let go. */
function longStep(of = lock) {
  const step = gate();
  return { end: step.open, ended: of.hold(() => step.opened) };
}

describe('Whoever waits for the lock and is told to stop', () => {
  test('leaves at once; its work is never run, and nobody passes those before', async () => {
    const step = longStep();
    const ran: string[] = [];
    const stop = new AbortController();
    const leaving = lock.hold(async () => void ran.push('left'), stop.signal);
    const behind = lock.hold(async () => void ran.push('behind'));
    stop.abort(new Error('timed out at the server'));
    await expect(leaving).rejects.toThrow('timed out at the server');
    expect(ran).toEqual([]);
    step.end();
    await Promise.all([step.ended, behind]);
    expect(ran).toEqual(['behind']);
  });

  test('leaves also where another process holds it', async () => {
    const step = longStep(createLock(join(folder, 'lock')));
    const stop = new AbortController();
    const leaving = lock.hold(async () => 'ran', stop.signal);
    // By now it asks the kernel.
    await sleep(100);
    stop.abort(new Error('timed out at the server'));
    await expect(leaving).rejects.toThrow('timed out at the server');
    step.end();
    await step.ended;
  });

  test('does not come to it where it was told before', async () => {
    await expect(lock.hold(async () => 'ran', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(await lock.hold(async () => 'the next one')).toBe('the next one');
  });
});
