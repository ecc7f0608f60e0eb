import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerEvidence, Person } from '../../model/record.ts';
import { failure, failureType } from '../failure.ts';
import { hear } from './hearing.ts';
import { MIRROR_LIMIT, publishMirror } from './mirror.ts';
import { thawIfAlone } from './self-thaw.ts';
import type { Site } from './site.ts';
import { startIfActive } from './starting.ts';

/** What the guard tells: one line each, for the worker's log and for alarms. */
export type Tell = (level: 'info' | 'alarm', text: string) => void;

/** Asks `pair` what it knows of the peer. Without an answer this source cannot be reached, which is no hindrance. */
export type AskPair = (signal: AbortSignal) => Promise<PeerEvidence | undefined>;

const AGAIN_MS = 60_000;

export interface Guard {
  stop(): Promise<void>;
}

/**
 * Watches over one site while its worker runs: ends a freeze that nobody renewed; publishes the mirror after each change of
 * role; compares its record with the peer's mirror at the start and once a minute, and only after that starts the executing
 * parts of an active site. None of these waits for another: a vault that swallows every question, or a step that holds the
 * lock for hours, keeps a site neither frozen nor from telling or hearing who took over.
 */
export function startGuard(site: Site, say: Tell, everyMs = 60_000, ask?: AskPair): Guard {
  const stop = new AbortController();
  const { signal } = stop;
  const tell = sparingly(say);
  const often = Math.min(1_000, site.freezeMax / 3, everyMs);
  // What was not answered by then is asked anew.
  const limit = Math.min(MIRROR_LIMIT, everyMs);

  /** Again after this long, and at once where the site changed its role since the work began. */
  const again = async (failed: string, every: number, work: () => Promise<unknown>): Promise<void> => {
    while (!signal.aborted) {
      const until = performance.now() + every;
      const begun = await roleOf(site);
      await work().catch((error: Error) => {
        // A step that is at work is no alarm: what was to be done is done after it.
        if (!signal.aborted && failureType(error) !== 'Busy') tell('alarm', `${site.site}${failed}: ${error.message}`);
      });
      do await sleep(often, undefined, { signal }).catch(() => undefined);
      while (!signal.aborted && performance.now() < until && (await roleOf(site)) === begun);
    }
  };

  const watching = Promise.all([
    again(' could not thaw itself, and tries again', often, () => thawIfAlone(site, tell, signal)),
    again(': the mirror could not be published', everyMs, () => publishMirror(site, signal, limit)),
    again('', everyMs, () => hear(site, tell, limit, signal, ask)),
  ]);
  return {
    async stop() {
      stop.abort();
      await watching;
    },
  };
}

/** The same is not told again for a minute: what is tried each second would bury everything else. */
function sparingly(tell: Tell): Tell {
  const told = new Map<string, number>();
  return (level, text) => {
    const now = performance.now();
    for (const [each, at] of told) if (now - at > AGAIN_MS) told.delete(each);
    if (told.has(text)) return;
    told.set(text, now);
    tell(level, text);
  };
}

async function roleOf(site: Site): Promise<string> {
  const { record } = await site.store.peek();
  return `${record?.role} ${record?.epoch}`;
}

/**
 * A person starts an active site that hears nobody, by name: the executing parts start as its record says, and who said so
 * stands in the journal. Refused at a site whose record does not say active.
 */
export async function startAlone(site: Site, person: Person, tell: Tell, signal: AbortSignal): Promise<void> {
  await site.store.locked(async (session) => {
    const { record } = session.state();
    if (record.role !== 'active') {
      throw failure('WrongRole', `${site.site} is ${record.role}: only an active site is started alone`);
    }
    await session.append({ kind: 'note', text: `started alone by ${person.who}: ${person.why}` });
  }, signal);
  await startIfActive(site, tell, signal);
}
