import { stepFailure } from '../failures.ts';
import { at } from '../proxies.ts';
import { closeAll } from './claim.ts';
import { type Context, type Next, orderOf } from './context.ts';
import { settleJobs } from './jobs.ts';

/** Exactly the recorded set is enabled, and jobs that were given up are settled as configured. */
export async function release(c: Context): Promise<Next> {
  const released = await at(c.plan.pair, c.to, `Release what was enabled`).release({ order: orderOf(c, 'release') });
  const { items } = released;
  c.released = true;
  const jobs = await settleJobs(c, {
    site: c.to,
    count: released.givenUp ?? c.receipt?.givenUp ?? c.toView?.givenUpJobs ?? 0,
    step: 'release',
    order: (part) => orderOf(c, 'release', part),
  });
  return `${items} items enabled${jobs}`;
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
