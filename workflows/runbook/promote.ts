import { ApplicationFailure } from '@temporalio/workflow';
import { at } from '../proxies.ts';
import { readPlanAgain } from '../read-plan.ts';
import { type Context, type Next, orderOf, targetRole } from './context.ts';
import { staleVerdict } from './demote.ts';

/** The point of no return, and then until the target serves at its own address. */
export async function promote(c: Context): Promise<Next> {
  if (targetRole(c) !== 'active') {
    const stale = staleVerdict(c);
    if (stale) return stale;
    await passNoReturn(c);
  }
  c.promoted = true;
  const { notes, evidence } = await at(c.plan.pair, c.to, `Start ${c.to} and prove that it serves`).activate({
    order: orderOf(c, 'promote', 'activate'),
  });
  c.promotedAs = evidence;
  c.run.tell({ step: 'promote', active: c.to, claim: c.claim });
  return notes.join('; ') || `${c.to} is active`;
}

async function passNoReturn(c: Context): Promise<void> {
  const { pair } = c.plan;
  const now = await readPlanAgain(pair, 'Is the configuration still the planned one?');
  if (now.digest !== c.plan.digest) {
    throw ApplicationFailure.nonRetryable(
      'the configuration changed since this run was planned. Put it back, or answer replan',
      'ConfigChanged',
    );
  }
  const ground =
    c.source === 'present'
      ? { ...(c.peer ? { peer: c.peer } : {}) }
      : { ...(c.verdict ? { verdict: c.verdict } : {}), ...(c.chosen ? { chosenPoint: c.chosen.id } : {}) };
  await at(pair, c.to, `Promote ${c.to}: the point of no return`).promote({
    order: orderOf(c, 'promote'),
    configDigest: c.plan.digest,
    ...ground,
  });
}
