import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from 'fs-native-extensions';
import { withFile } from '../durable-files.ts';

/** One holder at a time: in this process by a queue, between processes by a lock of the kernel, which dies with its process. */
export interface Lock {
  /** Waits for the lock, runs `work`, releases. Whoever is told to stop leaves the queue at once, and its work is never run. */
  hold<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

const POLL_MS = 50;

export function createLock(path: string): Lock {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    hold(work, signal) {
      const before = tail;
      const turn = (async () => {
        await orAborted(before, signal);
        return withKernelLock(path, work, signal);
      })();
      // Who leaves the queue lets nobody pass: those behind still wait for those before.
      tail = Promise.allSettled([before, turn]);
      return turn;
    },
  };
}

async function withKernelLock<T>(path: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Closing the file releases the lock.
  return withFile(path, 'a+', async (fd) => {
    while (!tryLock(fd)) {
      await sleep(POLL_MS);
      signal?.throwIfAborted();
    }
    return work();
  });
}

function orAborted(before: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason);
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    void before.then(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
  });
}
