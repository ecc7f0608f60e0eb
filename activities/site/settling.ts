import { getsRoleBack } from '../../model/claims.ts';
import type { GivenUpJob } from '../../model/facts.ts';
import type { FailureType } from '../../model/failures.ts';
import { finishRelease, handOver } from '../../model/freeze.ts';
import { evidence, type Order } from '../../model/record.ts';
import type { SiteActivities } from '../../model/site-activities.ts';
import { failure, failureType } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import { countItems, noteAbsent } from './freezing.ts';
import type { Site } from './site.ts';
import type { Session } from './store.ts';

type Settling = Pick<SiteActivities, 'release' | 'settleJobs' | 'handOver' | 'journalRedirect'>;

/** What is still owed once the role has moved: what was enabled, jobs that were given up, and word of where clients went. */
export function settling(site: Site): Settling {
  return {
    release: ({ order }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const { record, facts } = session.state();
          if (record.role !== 'active')
            throw failure('WrongRole', `${site.site} is ${record.role}: nothing is released there`);
          const asks = record.claim.kind !== 'sync' && !getsRoleBack(record);
          const failed = new Map<string, unknown>();
          const missing = new Map<string, readonly string[]>();
          for (const [name] of site.entries()) {
            const set = facts.pending?.[name];
            if (!set) continue;
            // Each whatever becomes of the others: nobody waits for one that cannot be released.
            try {
              const component = await site.assertIdentity(record, name);
              const absent = await component.release(site.work(session, order, name, 'release', inner), set);
              if (!asks) await noteAbsent(session, name, absent);
              else if (absent.length > 0) missing.set(name, absent);
            } catch (error) {
              inner.signal.throwIfAborted();
              failed.set(name, error);
            }
          }
          await session.apply(finishRelease(session.state(), order, [...failed.keys(), ...missing.keys()]));
          assertReleased(site, failed);
          assertThere(site, missing);
          return { items: countItems(facts.pending ?? {}), givenUp: facts.givenUp.length };
        }),
      ),

    settleJobs: ({ order, how, components }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const { record, facts } = session.state();
          if (record.role !== 'active') throw failure('WrongRole', `${site.site} is ${record.role}: it runs no jobs`);
          const kept = facts.givenUp.filter((job) => components.includes(job.component));
          const jobs: GivenUpJob[] = [];
          for (const name of new Set(kept.map(({ component }) => component))) {
            const mine = kept.filter(({ component }) => component === name);
            const alive = await notCancelled(site, session, order, name, mine, inner);
            if (alive.length > 0)
              await session.append({ kind: 'jobs-settled', how: 'dropped', component: name, ids: alive });
            jobs.push(...mine.filter(({ id }) => !alive.includes(id)));
          }
          for (const job of jobs) {
            const again = how === 'resubmit' && !job.lost;
            if (again) {
              const component = await site.assertIdentity(session.state().record, job.component);
              await component.resubmit(site.work(session, order, job.component, 'jobs', inner), job);
            }
            await session.append({
              kind: 'jobs-settled',
              how: again ? 'resubmitted' : 'dropped',
              component: job.component,
              ids: [job.id],
            });
          }
          const lost = how === 'resubmit' ? jobs.filter(({ lost }) => lost).map(({ title }) => title) : [];
          return {
            ...{ jobs: jobs.length - lost.length, left: session.state().facts.givenUp.length },
            ...(lost.length > 0 ? { lost } : {}),
          };
        }),
      ),

    handOver: ({ order, peer }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session) => {
          await session.apply(handOver(session.state(), order, peer));
          return evidence(session.state().record);
        }),
      ),

    journalRedirect: ({ order, name, to, phase }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session) => {
          await session.append({ kind: 'redirect', name, to, phase });
        }),
      ),
  };
}

/**
 * Of the jobs that were given up at this very site, those that need nobody: whoever gave them up may have died before they
 * were cancelled, so they still run or wait, or have ended by themselves. Run again, they would run twice.
 */
async function notCancelled(
  site: Site,
  session: Session,
  order: Order,
  name: string,
  jobs: readonly GivenUpJob[],
  io: Io,
): Promise<readonly string[]> {
  const own = jobs.filter((job) => job.site === site.site);
  if (own.length === 0) return [];
  const component = await site.assertIdentity(session.state().record, name);
  const { running, queued } = await component.drain(io.signal);
  const open = new Set([...running, ...queued].map(({ id }) => id));
  const rest = own.filter(({ id }) => !open.has(id));
  const ended = rest.length === 0 ? [] : await component.cancel(site.work(session, order, name, 'jobs', io), rest);
  return own.map(({ id }) => id).filter((id) => open.has(id) || ended.includes(id));
}

/** The first failure tells the type; what could not be released is named whole. */
function assertReleased({ site }: Site, failed: ReadonlyMap<string, unknown>): void {
  const [first] = failed.values();
  if (first === undefined) return;
  const each = [...failed].map(([name, error]) => `${name}: ${(error as Error).message}`);
  throw failure(
    (failureType(first) as FailureType | undefined) ?? 'Unavailable',
    `not everything is released at ${site}, and the rest is. ${each.join('; ')}`,
    first,
  );
}

/** After a promotion a person has to say whether it goes on without them; a site that gets its own back is not held up by it. */
function assertThere({ site }: Site, missing: ReadonlyMap<string, readonly string[]>): void {
  const absent = [...missing].flatMap(([name, items]) => items.map((item) => `${name}: ${item}`));
  if (absent.length === 0) return;
  const more = absent.length > 5 ? ` and ${absent.length - 5} more` : '';
  throw failure(
    'NotYet',
    `${site} does not have what is to be enabled there: ${absent.slice(0, 5).join(', ')}${more}. ` +
      'Everything else is enabled. Create it there and retry, or skip to go on without it',
  );
}
