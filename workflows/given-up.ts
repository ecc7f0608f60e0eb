import type { PlannedComponent } from '../model/plan.ts';
import type { Order, SiteRecord } from '../model/record.ts';
import { at } from './proxies.ts';

/** Jobs that were given up and are owed at the site that is active now. */
export interface Owed {
  readonly pair: string;
  readonly site: string;
  readonly count: number;
  readonly components: readonly PlannedComponent[];
  /** They came with a point of a lost source, which may have run them itself: nobody runs them again unasked. */
  readonly ofLost: boolean;
  order(part: string): Order;
}

/** What became of them so far. */
export interface Settled {
  readonly says: readonly string[];
  /** Titles of those that cannot be run again. */
  readonly byHand: readonly string[];
  readonly left: number;
}

type Way = PlannedComponent['jobs'];

const wish = ({ ofLost }: Pick<Owed, 'ofLost'>, jobs: Way): Way => (ofLost && jobs === 'resubmit' ? 'ask' : jobs);

const wanting = (owed: Owed, way: Way): readonly string[] =>
  owed.components.filter(({ jobs }) => wish(owed, jobs) === way).map(({ name }) => name);

/** Each component's jobs as it is configured; those that somebody has to decide about are left. */
export async function settleConfigured(owed: Owed): Promise<Settled> {
  const again = await settle(owed, 'resubmit', 'resubmit', { says: [], byHand: [], left: owed.count });
  return settle(owed, 'drop', 'drop', again);
}

/** Whether jobs may be left that somebody has to decide about. */
export const asks = (owed: Owed, { left }: Settled): boolean => left > 0 && wanting(owed, 'ask').length > 0;

/** Those that somebody decided about. */
export const settleAsked = (owed: Owed, how: 'resubmit' | 'drop', before: Settled): Promise<Settled> =>
  settle(owed, how, 'ask', before);

async function settle(owed: Owed, how: 'resubmit' | 'drop', wanted: Way, before: Settled): Promise<Settled> {
  const components = wanting(owed, wanted);
  if (components.length === 0 || before.left === 0) return before;
  const { jobs, left, lost } = await at(
    owed.pair,
    owed.site,
    how === 'drop' ? 'Drop given-up jobs' : 'Run given-up jobs again',
  ).settleJobs({ order: owed.order(`jobs.${wanted}`), how, components });
  return {
    says: [...before.says, `${jobs} given-up jobs ${how === 'drop' ? 'dropped' : 'run again'}`],
    byHand: [...before.byHand, ...(lost ?? [])],
    left,
  };
}

/** What a person has to do about jobs that cannot be run again. */
export const byHand = (titles: readonly string[]): string =>
  `these jobs cannot be run again, do it by hand: ${titles.join('; ')}`;

/** Whether what is owed here came with a point of a source that did not take part. */
export const cameWithPoint = (record: SiteRecord | null): boolean => record?.permission?.by === 'verdict';

/** Who decides about jobs that nobody may run again or drop unasked, and how. */
export const waitForDecision = (count: number, site: string): string =>
  `${count} jobs that were given up at ${site} wait for a decision: with jobs: resubmit or jobs: drop for their component ` +
  'in understudy.yaml the next sync does that; as long as it is jobs: ask, the next planned failover asks after its promotion';
