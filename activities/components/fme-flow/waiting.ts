import { setTimeout as delay } from 'node:timers/promises';
import { isPassing } from './problem.ts';

const SHORTEST = 100;

/** Waits between looks: short at first, each `growth` times as long as the one before, up to `longest` milliseconds. */
export function createPauses(longest: number, signal: AbortSignal, growth = 2): () => Promise<void> {
  let next = Math.min(SHORTEST, longest);
  return async () => {
    await delay(next, undefined, { signal });
    next = Math.min(longest, next * growth);
  };
}

/** Looks until `look` finds something, for at most `limit` milliseconds; undefined when it did not. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  options: { readonly limit: number; readonly poll: number; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const end = Date.now() + options.limit;
  const pause = createPauses(options.poll, options.signal);
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() >= end) return undefined;
    await pause();
  }
}

/** Does something again while the server does not answer, for at most `limit` milliseconds: it may be restarting. */
export async function persist<T>(
  work: () => Promise<T>,
  options: { readonly limit: number; readonly poll: number; readonly signal: AbortSignal },
): Promise<T> {
  const end = Date.now() + options.limit;
  const pause = createPauses(options.poll, options.signal);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || Date.now() >= end) throw error;
      await pause();
    }
  }
}
