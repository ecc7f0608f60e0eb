import { failure } from '../failure.ts';
import type { Site } from './site.ts';
import type { Session } from './store.ts';

/** Milliseconds for the site's lock. */
const SOON = 5_000;

/**
 * Under the site's lock if it is free soon: for what is tried again anyway, and must not stand behind a step of hours for as
 * long. Errors: `Busy`.
 */
export async function lockedSoon<T>(
  { site, store }: Site,
  work: (session: Session) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const leave = new AbortController();
  const timer = setTimeout(
    () => leave.abort(failure('Busy', `a long step is at work at ${site}; try again when it has ended`)),
    SOON,
  );
  try {
    return await store.locked(
      (session) => {
        clearTimeout(timer);
        return work(session);
      },
      AbortSignal.any([signal, leave.signal]),
    );
  } finally {
    clearTimeout(timer);
  }
}
