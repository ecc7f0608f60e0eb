import { setTimeout as sleep } from 'node:timers/promises';
import type { EnabledSet } from '../../model/facts.ts';
import { beginFreeze, beginThaw, finishFreeze, finishThaw, renewFreeze } from '../../model/freeze.ts';
import type { Order } from '../../model/record.ts';
import type { FreezeResult, SiteActivities } from '../../model/site-activities.ts';
import type { Drain } from '../components/component.ts';
import { failure } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import type { Site } from './site.ts';
import type { Session } from './store.ts';

/** Holding the active still, and letting it go again. */
export function freezing(site: Site): Pick<SiteActivities, 'freeze' | 'renewFreeze' | 'thaw'> {
  return {
    freeze: ({ order, jobs }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const pending = await readEnabled(site, session, inner);
          await session.apply(beginFreeze(session.state(), order, pending, site.now()));
          await site.frontDoor?.close(inner.signal);
          const closedAt = site.now();
          for (const [name] of site.entries()) {
            const component = await site.assertIdentity(session.state().record, name);
            await component.hold(site.work(session, order, name, 'freeze', inner));
          }
          const notes: string[] = [];
          for (const [name] of site.entries()) notes.push(...(await drain(site, session, order, name, jobs, inner)));
          const started: Record<string, string> = {};
          for (const [name, component] of site.entries()) {
            await component.proveFrozen(site.work(session, order, name, 'freeze', inner));
            started[name] = (await component.observe(inner.signal)).started;
            notes.push(...component.notPromised.map((text) => `${name}: ${text}`));
          }
          await session.apply(finishFreeze(session.state(), order, started, site.now()));
          const { facts } = session.state();
          return {
            closedAt,
            enabledItems: countItems(pending),
            givenUp: facts.givenUp.length,
            notes,
          } satisfies FreezeResult;
        }),
      ),

    renewFreeze: ({ order }) =>
      withHeartbeat((io) =>
        site.store.locked(async (session) => {
          await session.apply(renewFreeze(session.state(), order, site.now()));
        }, io.signal),
      ),

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

/** Lets jobs end within the limit; what is left is asked about, cancelled (and kept to be run again) or waited for. */
async function drain(
  site: Site,
  session: Session,
  order: Order,
  name: string,
  jobs: 'ask' | 'cancel' | 'cancel-all' | 'wait',
  io: Io,
): Promise<readonly string[]> {
  const component = site.components[name];
  if (!component) return [];
  const limit = Date.now() + (site.drainLimit[name] ?? 0);
  const left = (drained: Drain): number => drained.running.length + drained.queued.length;
  let drained = await component.drain(io.signal);
  while (left(drained) > 0 && (jobs === 'wait' || Date.now() < limit)) {
    io.progress({ what: `${name}: ${drained.running.length} jobs run and ${drained.queued.length} wait` });
    await sleep(500, undefined, { signal: io.signal });
    drained = await component.drain(io.signal);
  }
  const all = [...drained.running, ...drained.queued];
  // Given up before, by an attempt that may have died before it could note which of them had ended by themselves.
  const owed = session
    .state()
    .facts.givenUp.filter((job) => job.component === name && !all.some(({ id }) => id === job.id));
  if (all.length + owed.length === 0) return [];
  const unasked = jobs === 'cancel' ? all.filter(({ lost }) => lost) : jobs === 'ask' ? all : [];
  if (unasked.length > 0) {
    const which = jobs === 'cancel' ? ', and could not be run again if they were cancelled' : '';
    const titles = unasked.slice(0, 5).map(({ title }) => title);
    throw failure(
      'NotDrained',
      `${unasked.length} jobs of ${name} did not end within the limit${which}: ${titles.join('; ')}`,
    );
  }
  for (const job of all)
    await session.append({ kind: 'job-given-up', job: { ...job, component: name, site: site.site } });
  await site.assertIdentity(session.state().record, name);
  const done = await component.cancel(site.work(session, order, name, 'freeze', io), [...all, ...owed]);
  if (done.length > 0) await session.append({ kind: 'jobs-settled', how: 'dropped', component: name, ids: done });
  const kept = all.length + owed.length - done.length;
  return kept > 0 ? [`${kept} jobs of ${name} were given up and are kept`] : [];
}

export const countItems = (set: EnabledSet): number =>
  Object.values(set).reduce(
    (sum, kinds) => sum + Object.values(kinds).reduce((inner, names) => inner + names.length, 0),
    0,
  );
