import type { Order } from '../../model/record.ts';
import { asks, byHand, type Owed, settleAsked, settleConfigured } from '../given-up.ts';
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
  const { pair, components } = c.plan;
  // A lost source may have got its role back after the point was taken, and have run them: that is for a person to say.
  const owed: Owed = { pair, site, count, components, order, ofLost: c.source === 'gone' && site === c.to };
  let settled = await settleConfigured(owed);
  if (asks(owed, settled)) settled = await settleAsked(owed, await askJobs(c, owed, settled.left, step), settled);
  if (settled.byHand.length > 0) c.notes.push(byHand(settled.byHand));
  return `, ${settled.says.join(', ')}`;
}

async function askJobs(
  c: Context,
  { site, ofLost }: Pick<Owed, 'site' | 'ofLost'>,
  count: number,
  step: string,
): Promise<'resubmit' | 'drop'> {
  const answer = await c.run.ask({
    step,
    title: `${count} jobs were given up when ${c.from} was drained. Run them again at ${site}?`,
    choices: ['resubmit', 'drop'],
    facts: [
      ...(ofLost ? [`${c.from} is lost: it may have run them itself, if it got the role back after that`] : []),
      'resubmit: each is run once more, from its beginning',
      'drop: they are not run; the report lists how many',
    ],
  });
  return answer?.choice === 'drop' ? 'drop' : 'resubmit';
}
