import { setTimeout as sleep } from 'node:timers/promises';
import { quietIo } from '../io.ts';
import type { AskPair, Tell } from './guard.ts';
import { hearPeer } from './looking.ts';
import { readPeerMirror } from './mirror.ts';
import type { Site } from './site.ts';
import { executes, startIfActive } from './starting.ts';

const ASKING_PAIR = 10_000;

/**
 * Compares the site's record with what its peer says in its vault: one that was superseded fences itself, and an active one
 * starts what acts by itself only after that. `limit`: milliseconds for reading the mirror.
 */
export async function hear(site: Site, tell: Tell, limit: number, signal: AbortSignal, ask?: AskPair): Promise<void> {
  const { record, problem } = await site.store.peek();
  if (problem) tell('alarm', `${site.site}: its record cannot be read, and nothing is done at this site: ${problem}`);
  if (!record) return;
  if (site.store.isFull())
    tell(
      'alarm',
      `${site.site}: the disk of ${site.store.folder} is full, and its reserve is given up. Make room: soon nothing can be ` +
        'written down at this site, not even the end of a freeze',
    );
  const heard = await readPeerMirror(site, signal, limit).catch(() => null);
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
