import type { PeerEvidence } from '../../model/record.ts';
import { isRefusal } from '../../model/refusal.ts';
import { mayStart } from '../../model/roles.ts';
import { quietIo } from '../io.ts';
import type { Tell } from './guard.ts';
import type { Site } from './site.ts';
import { lockedSoon } from './soon.ts';
import type { Session } from './store.ts';

/** Whether every executing part runs now. */
export async function executes(site: Site, signal: AbortSignal): Promise<boolean> {
  const seen = await Promise.all(site.entries().map(([, component]) => component.observe(signal)));
  return seen.every(({ executing }) => executing.running || executing.none);
}

/**
 * After a restart of the machine: the executing parts of the active site start only once its peer was heard. `isHeld` is asked
 * only where something has to be started, and may hold it back.
 */
export async function startIfActive(
  site: Site,
  tell: Tell,
  signal: AbortSignal,
  peer?: PeerEvidence,
  isHeld: () => Promise<boolean> = async () => false,
): Promise<void> {
  const { record: seen, facts: known } = await site.store.peek();
  // Looked at without the lock, which a step may hold for hours.
  if (seen?.role !== 'active' || known.freeze !== null || (await executes(site, signal))) return;
  if (await isHeld()) return;
  // Not behind a step of hours: by then the peer may have said something else.
  const start = async (session: Session): Promise<void> => {
    const { record, facts } = session.state();
    if (record.role !== 'active' || facts.freeze !== null) return;
    const held = peer ? mayStart(session.state(), peer) : true;
    for (const [name, component] of site.entries()) {
      const { executing } = await component.observe(signal);
      if (executing.running || executing.none) continue;
      if (isRefusal(held)) {
        tell('alarm', `${site.site} stays held: ${held.why}`);
        return;
      }
      await site.assertIdentity(record, name);
      // What waits in its queues was accepted by an active site: it is kept.
      const work = site.work(session, { claim: record.claim.number }, name, 'boot', quietIo(signal));
      await component.start(work, { backlog: 'keep' });
      tell('info', `${site.site}: started ${name}${peer ? ', after its peer was heard' : ''}`);
    }
  };
  await lockedSoon(site, start, signal);
}
