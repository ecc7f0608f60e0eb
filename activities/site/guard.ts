import { setTimeout as sleep } from 'node:timers/promises';
import { freezeExpired } from '../../model/freeze.ts';
import type { PeerEvidence, Person } from '../../model/record.ts';
import { failure } from '../failure.ts';
import { quietIo } from '../io.ts';
import { thawUnderLock } from './freezing.ts';
import { hearPeer } from './looking.ts';
import { publishMirror, readPeerMirror } from './mirror.ts';
import type { Site } from './site.ts';
import { executes, startIfActive } from './starting.ts';

/** What the guard tells: one line each, for the worker's log and for alarms. */
export type Tell = (level: 'info' | 'alarm', text: string) => void;

/** Asks `pair` what it knows of the peer. Without an answer this source cannot be reached, which is no hindrance. */
export type AskPair = (signal: AbortSignal) => Promise<PeerEvidence | undefined>;

const ASKING_PAIR = 10_000;

export interface Guard {
  stop(): Promise<void>;
}

/**
 * Watches over one site while its worker runs: compares its record with the peer's mirror at the start, whenever Temporal
 * is reached again and once a minute; starts the executing parts of an active site only after that; ends a freeze that
 * nobody renewed; publishes the mirror after each change of role.
 */
export function startGuard(site: Site, tell: Tell, everyMs = 60_000, ask?: AskPair): Guard {
  const stop = new AbortController();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await round(site, tell, stop.signal, ask).catch((error: Error) => {
        if (!stop.signal.aborted) tell('alarm', `${site.site}: ${error.message}`);
      });
      await pause(site, everyMs, stop.signal);
    }
  })();
  return {
    async stop() {
      stop.abort();
      await loop;
    },
  };
}

/** A freeze is looked at more often than the peer, and a change of role is published at once. */
async function pause(site: Site, everyMs: number, signal: AbortSignal): Promise<void> {
  const until = Date.now() + everyMs;
  const { record: before } = await site.store.peek();
  while (!signal.aborted && Date.now() < until) {
    await sleep(Math.min(1_000, site.freezeMax / 3, everyMs), undefined, { signal }).catch(() => undefined);
    const { record, facts } = await site.store.peek();
    if (!record) continue;
    if (record.role !== before?.role || record.epoch !== before.epoch) return;
    if (freezeExpired({ record, facts }, site.now(), site.freezeMax)) return;
  }
}

async function round(site: Site, tell: Tell, signal: AbortSignal, ask?: AskPair): Promise<void> {
  const { record, problem } = await site.store.peek();
  if (problem) tell('alarm', `${site.site}: its record cannot be read, and nothing is done at this site: ${problem}`);
  if (!record) return;
  // Whatever does not work here, the peer is heard: nothing else tells a site that it was superseded.
  await thawIfAlone(site, tell, signal).catch((error: Error) =>
    tell('alarm', `${site.site} could not thaw itself, and tries again: ${error.message}`),
  );
  await publishMirror(site, signal).catch((error: Error) =>
    tell('alarm', `${site.site}: the mirror could not be published: ${error.message}`),
  );
  const heard = await readPeerMirror(site, signal).catch(() => null);
  // A fence that was begun is ended, also by a site that hears nobody any more.
  const told = heard?.evidence ?? (record.role === 'outdated' ? record.peer : undefined);
  if (told) {
    const { role } = await hearPeer(site, told, quietIo(signal));
    // Any other change since it was read is a run's own work.
    if (role === 'outdated' && record.role !== 'outdated')
      tell('alarm', `${site.site} is now ${role}: ${site.peerSite} took over with epoch ${told.epoch}`);
    await startIfActive(site, tell, signal, told, () => supersededSaysPair(site, tell, signal, ask));
  } else if (record.role === 'active' && !(await executes(site, signal))) {
    tell(
      'alarm',
      `${site.site} stays held: it hears nobody of ${site.peerSite}. If you know that ${site.peerSite} does not act, start it ` +
        `in your name with: understudy start-alone --site ${site.site} --why "…"`,
    );
  }
}

/**
 * A mirror may be old: its vault could be read but not written when the peer took over. So before executing parts are started,
 * and only then, `pair` is asked too. What it says may hold a site back and never starts one.
 */
async function supersededSaysPair(site: Site, tell: Tell, signal: AbortSignal, ask?: AskPair): Promise<boolean> {
  if (!ask) return false;
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ASKING_PAIR)]);
  const silence = sleep(ASKING_PAIR, undefined, { signal: bounded }).catch(() => undefined);
  const told = await Promise.race([ask(bounded).catch(() => undefined), silence]);
  const { record } = await site.store.peek();
  if (!told || !record || (told.role !== 'active' && told.role !== 'promoting') || told.epoch <= record.epoch)
    return false;
  const { role } = await hearPeer(site, told, quietIo(signal));
  tell('alarm', `${site.site} is now ${role}: the pair knows that ${site.peerSite} took over with epoch ${told.epoch}`);
  return true;
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

async function thawIfAlone(site: Site, tell: Tell, signal: AbortSignal): Promise<void> {
  const { record, facts } = await site.store.peek();
  if (!record || !freezeExpired({ record, facts }, site.now(), site.freezeMax)) return;
  await site.store.locked(async (session) => {
    if (session.record() === null || !freezeExpired(session.state(), site.now(), site.freezeMax)) return;
    const { length } = session.state().facts.givenUp;
    const owed =
      length > 0 ? `. ${length} jobs that were given up are owed: the next sync says what becomes of them` : '';
    tell('alarm', `${site.site}: nobody renewed its freeze in time, so it thaws itself and its receipt is void${owed}`);
    await session.append({ kind: 'note', text: 'thawed itself: nobody renewed the freeze' });
    await thawUnderLock(site, session, quietIo(signal));
  }, signal);
}
