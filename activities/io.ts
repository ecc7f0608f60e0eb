import { Context } from '@temporalio/activity';
import { words } from '../model/duration.ts';
import type { Progress } from './components/component.ts';

/** How a step hears that it shall stop, and how it tells how far it is. */
export interface Io {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/** For work outside an activity, e.g. the site's guard. */
export const quietIo = (signal: AbortSignal): Io => ({ signal, progress: () => undefined });

/** Often enough that a dead worker is noticed within the heartbeat time-out of ten seconds. */
const BEAT_MS = 2_000;

/**
 * Runs an activity's body with a heartbeat that goes on by itself and carries the last progress: bytes, rate and time
 * left, as people see it among the pending activities of the Temporal UI.
 */
export async function withHeartbeat<T>(body: (io: Io) => Promise<T>): Promise<T> {
  const context = Context.current();
  const started = Date.now();
  let details: unknown = { what: 'started' };
  const beat = setInterval(() => context.heartbeat(details), BEAT_MS);
  try {
    return await body({
      signal: context.cancellationSignal,
      progress(progress) {
        details = describe(progress, Date.now() - started);
      },
    });
  } finally {
    clearInterval(beat);
  }
}

function describe({ what, bytes, total }: Progress, elapsed: number): Record<string, string> {
  if (bytes === undefined) return { what };
  const perSecond = elapsed > 0 ? (bytes / elapsed) * 1_000 : 0;
  const left = total !== undefined && perSecond > 0 ? words(((total - bytes) / perSecond) * 1_000) : undefined;
  return {
    what,
    bytes: total === undefined ? megabytes(bytes) : `${megabytes(bytes)} of ${megabytes(total)}`,
    rate: `${megabytes(perSecond)}/s`,
    ...(left ? { left } : {}),
  };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
