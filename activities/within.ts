import { failure } from './failure.ts';

/**
 * Gives a piece of work this long: then it is told to stop, and not waited for any more, also where it does not listen.
 * Errors: `Unavailable`, with `late` as its message.
 */
export async function within<T>(
  milliseconds: number,
  late: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
  });
  const relay = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', relay, { once: true });
  const timer = setTimeout(() => stop.abort(failure('Unavailable', late)), milliseconds);
  if (signal.aborted) relay();
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', relay);
  }
}
