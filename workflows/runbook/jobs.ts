import type { PlannedComponent } from '../../model/plan.ts';
import type { Order } from '../../model/record.ts';
import { at } from '../proxies.ts';
import type { Context } from './context.ts';

/** Where jobs that were given up are settled: at the site that is active now. */
interface Settling {
  readonly site: string;
  readonly count: number;
  /** The step that asks, where a person has to say. */
  readonly step: string;
  order(part: string): Order;
}

/** What was given up when the source was drained, each component's jobs as it is configured. Returns what became of them. */
export async function settleJobs(c: Context, { site, count, step, order }: Settling): Promise<string> {
  if (count === 0) return '';
  const says: string[] = [];
  let left = count;
  const wish = (jobs: PlannedComponent['jobs']) => (ofLost(c, site) && jobs === 'resubmit' ? 'ask' : jobs);
  const settle = async (how: 'resubmit' | 'drop', wanted: 'resubmit' | 'drop' | 'ask'): Promise<void> => {
    const components = c.plan.components.filter(({ jobs }) => wish(jobs) === wanted).map(({ name }) => name);
    if (components.length === 0 || left === 0) return;
    const settled = await at(
      c.plan.pair,
      site,
      how === 'drop' ? 'Drop given-up jobs' : 'Run given-up jobs again',
    ).settleJobs({ order: order(`jobs.${wanted}`), how, components });
    left = settled.left;
    if (settled.lost) c.notes.push(`these jobs cannot be run again, do it by hand: ${settled.lost.join('; ')}`);
    says.push(`${settled.jobs} given-up jobs ${how === 'drop' ? 'dropped' : 'run again'}`);
  };
  await settle('resubmit', 'resubmit');
  await settle('drop', 'drop');
  if (left > 0 && c.plan.components.some(({ jobs }) => wish(jobs) === 'ask'))
    await settle(await askJobs(c, { site, count: left, step }), 'ask');
  return `, ${says.join(', ')}`;
}

/** A lost source may have got its role back after the point was taken, and have run them: that is for a person to say. */
const ofLost = (c: Context, site: string): boolean => c.source === 'gone' && site === c.to;

async function askJobs(
  c: Context,
  { site, count, step }: Pick<Settling, 'site' | 'count' | 'step'>,
): Promise<'resubmit' | 'drop'> {
  const answer = await c.run.ask({
    step,
    title: `${count} jobs were given up when ${c.from} was drained. Run them again at ${site}?`,
    choices: ['resubmit', 'drop'],
    facts: [
      ...(ofLost(c, site)
        ? [`${c.from} is lost: it may have run them itself, if it got the role back after that`]
        : []),
      'resubmit: each is run once more, from its beginning',
      'drop: they are not run; the report lists how many',
    ],
  });
  return answer?.choice === 'drop' ? 'drop' : 'resubmit';
}
