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

async function settleJobs(c: Context): Promise<string> {
  const count = c.receipt?.givenUp ?? 0;
  if (count === 0) return '';
  const wanted = c.plan.components.map((component) => component.jobs);
  const how = wanted.includes('ask') ? await askJobs(c, count) : wanted.includes('resubmit') ? 'resubmit' : 'drop';
  const { jobs } = await at(
    c.plan.pair,
    c.to,
    `${how === 'drop' ? 'Drop' : 'Run again'} ${count} given-up jobs`,
  ).settleJobs({
    order: orderOf(c, 'release', 'jobs'),
    how,
  });
  return `, ${jobs} given-up jobs ${how === 'drop' ? 'dropped' : 'run again'}`;
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
