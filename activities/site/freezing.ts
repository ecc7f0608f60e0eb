import type { EnabledSet } from '../../model/facts.ts';
import { beginFreeze, beginThaw, finishFreeze, finishThaw, renewFreeze, shutOut } from '../../model/freeze.ts';
import type { Order } from '../../model/record.ts';
import type { FreezeResult, SiteActivities } from '../../model/site-activities.ts';
import { failureType } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import { giveUpJobs, waitForJobs } from './draining.ts';
import { noteRenewal } from './renewal.ts';
import type { Site } from './site.ts';
import { lockedSoon } from './soon.ts';
import type { Session } from './store.ts';

type Frozen = Omit<FreezeResult, 'closedFor'> & { readonly closedAt: string };

/** Holding the active still, and letting it go again. */
export function freezing(site: Site): Pick<SiteActivities, 'freeze' | 'renewFreeze' | 'thaw'> {
  return {
    freeze: ({ order, jobs }) =>
      withHeartbeat(async (io) => {
        const { closedAt, ...frozen } = await site.command(order, io, async (session, inner) => {
          // No call outlasts this part of the freeze's clock: while it holds the lock, a site whose run is cut off cannot thaw
          // itself, and a job may run for days. That the run calls again renews the freeze.
          const until = performance.now() + site.freezeMax / 3;
          const pending = await readEnabled(site, session, inner);
          await session.apply(beginFreeze(session.state(), order, pending, site.now()));
          await site.frontDoor?.close(inner.signal);
          await session.apply(shutOut(session.state(), order, site.now()));
          const closedAt = session.state().facts.freeze?.closedAt ?? site.now();
          const enabledItems = countItems(pending);
          for (const [name] of site.entries()) {
            const component = await site.assertIdentity(session.state().record, name);
            await component.hold(site.work(session, order, name, 'freeze', inner));
          }
          const notes: string[] = [];
          for (const [name] of site.entries()) {
            const { left, draining } = await waitForJobs(site, name, { closedAt, jobs, until }, inner);
            if (draining) {
              const givenUp = session.state().facts.givenUp.length;
              return { closedAt, enabledItems, givenUp, draining, notes: [] } satisfies Frozen;
            }
            notes.push(...(await giveUpJobs(site, session, order, { name, jobs, left }, inner)));
          }
          const started: Record<string, string> = {};
          for (const [name, component] of site.entries()) {
            await component.proveFrozen(site.work(session, order, name, 'freeze', inner));
            started[name] = (await component.observe(inner.signal)).started;
            notes.push(...component.notPromised.map((text) => `${name}: ${text}`));
          }
          await session.apply(finishFreeze(session.state(), order, started, site.now()));
          const { facts } = session.state();
          return { closedAt, enabledItems, givenUp: facts.givenUp.length, notes } satisfies Frozen;
        });
        // Not part of the outcome: one that is answered from the journal is older by then.
        return { ...frozen, closedFor: Date.parse(site.now()) - Date.parse(closedAt) };
      }),

    renewFreeze: ({ order }) =>
      withHeartbeat(async (io) => {
        const noted = await noteRenewal(site, order);
        const renew = async (session: Session): Promise<void> => {
          await session.apply(renewFreeze(session.state(), order, site.now()));
        };
        await lockedSoon(site, renew, io.signal).catch((error: unknown) => {
          if (!noted || failureType(error) !== 'Busy') throw error;
        });
      }),

    thaw: ({ order }) =>
      withHeartbeat((io) => site.command(order, io, (session, inner) => thawUnderLock(site, session, inner, order))),
  };
}

/**
 * Releases exactly the pending set and opens the front door, from the journaled intent to the last effect. Without an
 * order it is the site's own thaw, when nobody renewed the freeze in time.
 */
export async function thawUnderLock(site: Site, session: Session, io: Io, order?: Order): Promise<void> {
  const { record, facts } = session.state();
  if (!facts.freeze && !facts.pending && !order) return;
  await session.apply(beginThaw(session.state(), order));
  const failed: unknown[] = [];
  for (const [name] of site.entries()) {
    try {
      const component = await site.assertIdentity(record, name);
      const work = site.work(session, { claim: record.claim.number }, name, 'thaw', io);
      const absent = await component.release(work, facts.pending?.[name] ?? (await component.enabled(io.signal)));
      await noteAbsent(session, name, absent);
    } catch (error) {
      io.signal.throwIfAborted();
      failed.push(error);
    }
  }
  // Whatever could not be released: clients whom an active site refuses are served by nobody.
  await site.frontDoor?.open(io.signal);
  if (failed.length > 0) throw failed[0];
  await session.apply(finishThaw(session.state()));
}

/** What is not there any more cannot be enabled, and nothing else would ever end the freeze. */
export async function noteAbsent(session: Session, name: string, absent: readonly string[]): Promise<void> {
  if (absent.length > 0)
    await session.append({ kind: 'note', text: `${name} is released without what is not there: ${absent.join(', ')}` });
}

/** What is pending, and of every other component what is enabled now. */
async function readEnabled(site: Site, session: Session, io: Io): Promise<EnabledSet> {
  const set: Record<string, EnabledSet[string]> = { ...session.state().facts.pending };
  for (const [name] of site.entries()) {
    if (set[name]) continue;
    const component = await site.assertIdentity(session.state().record, name);
    set[name] = await component.enabled(io.signal);
  }
  return set;
}

export const countItems = (set: EnabledSet): number =>
  Object.values(set).reduce(
    (sum, kinds) => sum + Object.values(kinds).reduce((inner, names) => inner + names.length, 0),
    0,
  );
