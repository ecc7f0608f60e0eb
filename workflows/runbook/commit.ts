import { stepFailure } from '../failures.ts';
import { at } from '../proxies.ts';
import { closeAll } from './claim.ts';
import { type Context, type Next, orderOf } from './context.ts';

/** Exactly the recorded set is enabled, and jobs that were given up are settled as configured. */
export async function release(c: Context): Promise<Next> {
  const { items } = await at(c.plan.pair, c.to, `Release what was enabled`).release({ order: orderOf(c, 'release') });
  c.released = true;
  const jobs = await settleJobs(c);
  return `${items} items enabled${jobs}`;
}

/** What was given up when the source was drained, each component's jobs as it is configured. */
async function settleJobs(c: Context): Promise<string> {
  const count = c.receipt?.givenUp ?? c.toView?.givenUpJobs ?? 0;
  if (count === 0) return '';
  const says: string[] = [];
  let left = count;
  const settle = async (how: 'resubmit' | 'drop', wanted: 'resubmit' | 'drop' | 'ask'): Promise<void> => {
    const components = c.plan.components.filter(({ jobs }) => jobs === wanted).map(({ name }) => name);
    if (components.length === 0 || left === 0) return;
    const settled = await at(
      c.plan.pair,
      c.to,
      how === 'drop' ? 'Drop given-up jobs' : 'Run given-up jobs again',
    ).settleJobs({ order: orderOf(c, 'release', `jobs.${wanted}`), how, components });
    left = settled.left;
    says.push(`${settled.jobs} given-up jobs ${how === 'drop' ? 'dropped' : 'run again'}`);
  };
  await settle('resubmit', 'resubmit');
  await settle('drop', 'drop');
  if (left > 0 && c.plan.components.some(({ jobs }) => jobs === 'ask')) await settle(await askJobs(c, left), 'ask');
  return `, ${says.join(', ')}`;
}

async function askJobs(c: Context, count: number): Promise<'resubmit' | 'drop'> {
  const answer = await c.run.ask({
    step: 'release',
    title: `${count} jobs were given up when ${c.from} was drained. Run them again at ${c.to}?`,
    choices: ['resubmit', 'drop'],
    facts: ['resubmit: each is run once more, from its beginning', 'drop: they are not run; the report lists how many'],
  });
  return answer?.choice === 'drop' ? 'drop' : 'resubmit';
}

/** The claim is closed at both sites; the former source hands over what was pending there. */
export async function commit(c: Context): Promise<Next> {
  const open: string[] = [];
  if (c.source === 'present' && c.claimedAt.has(c.from)) {
    try {
      await at(c.plan.pair, c.from, `${c.from} hands over what it held`).handOver({
        order: orderOf(c, 'commit', 'hand-over'),
        ...(c.promotedAs ? { peer: c.promotedAs } : {}),
      });
    } catch (error) {
      // The role has moved; a source that is lost now is for reprotect, and does not hold up the commit.
      open.push(`${c.from}: ${stepFailure(error).says}`);
    }
  }
  open.push(...(await closeAll(c)).map((site) => `the claim at ${site} could not be closed`));
  c.notes.push(...open);
  return open.join('; ') || `claim ${c.claim} is closed`;
}
