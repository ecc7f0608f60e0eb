import { setTimeout as sleep } from 'node:timers/promises';
import type { GivenUpJob } from '../../model/facts.ts';
import type { Order } from '../../model/record.ts';
import { failure } from '../failure.ts';
import type { Io } from '../io.ts';
import type { Site } from './site.ts';
import type { Session } from './store.ts';

/** What becomes of jobs that did not end within the limit. */
type AboutJobs = 'ask' | 'cancel' | 'cancel-all' | 'wait';

/**
 * Lets jobs end within the limit, which counts since clients were shut out, and until this call has to end. `left`: what did
 * not; `draining`: in words, where the limit is still to come.
 */
export async function waitForJobs(
  site: Site,
  name: string,
  { closedAt, jobs, until }: { readonly closedAt: string; readonly jobs: AboutJobs; readonly until: number },
  io: Io,
): Promise<{ readonly left: readonly GivenUpJob[]; readonly draining?: string }> {
  const component = site.components[name];
  if (!component) return { left: [] };
  const limit = Date.parse(closedAt) + (site.drainLimit[name] ?? 0);
  for (;;) {
    const { running, queued } = await component.drain(io.signal);
    const left = [...running, ...queued];
    if (left.length === 0 || (jobs !== 'wait' && Date.parse(site.now()) >= limit)) return { left };
    const what = `${name}: ${running.length} jobs run and ${queued.length} wait`;
    if (performance.now() >= until) return { left, draining: what };
    io.progress({ what });
    await sleep(500, undefined, { signal: io.signal });
  }
}

/** Asks about what is left after the limit, or cancels it and keeps it to be run again. */
export async function giveUpJobs(
  site: Site,
  session: Session,
  order: Order,
  { name, jobs, left }: { readonly name: string; readonly jobs: AboutJobs; readonly left: readonly GivenUpJob[] },
  io: Io,
): Promise<readonly string[]> {
  const component = site.components[name];
  if (!component) return [];
  // Given up before, by an attempt that may have died before it could note which of them had ended by themselves.
  const owed = session
    .state()
    .facts.givenUp.filter((job) => job.component === name && !left.some(({ id }) => id === job.id));
  if (left.length + owed.length === 0) return [];
  const unasked = jobs === 'cancel' ? left.filter(({ lost }) => lost) : jobs === 'ask' ? left : [];
  if (unasked.length > 0) {
    const which = jobs === 'cancel' ? ', and could not be run again if they were cancelled' : '';
    const titles = unasked.slice(0, 5).map(({ title }) => title);
    throw failure(
      'NotDrained',
      `${unasked.length} jobs of ${name} did not end within the limit${which}: ${titles.join('; ')}`,
    );
  }
  for (const job of left)
    await session.append({ kind: 'job-given-up', job: { ...job, component: name, site: site.site } });
  await site.assertIdentity(session.state().record, name);
  const done = await component.cancel(site.work(session, order, name, 'freeze', io), [...left, ...owed]);
  if (done.length > 0) await session.append({ kind: 'jobs-settled', how: 'dropped', component: name, ids: done });
  const kept = left.length + owed.length - done.length;
  return kept > 0 ? [`${kept} jobs of ${name} were given up and are kept`] : [];
}
