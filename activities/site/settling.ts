import { finishRelease, handOver } from '../../model/freeze.ts';
import { evidence } from '../../model/record.ts';
import type { SiteActivities } from '../../model/site-activities.ts';
import { failure } from '../failure.ts';
import { withHeartbeat } from '../io.ts';
import { countItems, noteAbsent } from './freezing.ts';
import type { Site } from './site.ts';

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
          for (const [name] of site.entries()) {
            const component = await site.assertIdentity(record, name);
            const set = facts.pending?.[name];
            if (!set) continue;
            const absent = await component.release(site.work(session, order, name, 'release', inner), set);
            if (record.claim.kind === 'failover') assertThere(site, name, absent);
            else await noteAbsent(session, name, absent);
          }
          await session.apply(finishRelease(session.state(), order));
          return { items: countItems(facts.pending ?? {}), givenUp: facts.givenUp.length };
        }),
      ),

    settleJobs: ({ order, how, components }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const { record, facts } = session.state();
          if (record.role !== 'active') throw failure('WrongRole', `${site.site} is ${record.role}: it runs no jobs`);
          const jobs = facts.givenUp.filter((job) => components.includes(job.component));
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

/** After a promotion a person has to say whether it goes on without them; a site that gets its own back is not held up by it. */
function assertThere({ site }: Site, name: string, absent: readonly string[]): void {
  if (absent.length === 0) return;
  const more = absent.length > 5 ? ` and ${absent.length - 5} more` : '';
  throw failure(
    'NotYet',
    `${name} at ${site} does not have what is to be enabled there: ${absent.slice(0, 5).join(', ')}${more}. ` +
      'Everything else is enabled. Create it there and retry, or skip to go on without it',
  );
}
