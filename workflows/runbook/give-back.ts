import { ApplicationFailure } from '@temporalio/workflow';
import type { Ordinal, PeerRecord } from '../../model/record.ts';
import { chooseNumber, claimAt } from '../claiming.ts';
import { stepFailure } from '../failures.ts';
import { at, lookAt } from '../proxies.ts';
import { closeAll } from './claim.ts';
import { type Context, orderOf, roundOf } from './context.ts';

/**
 * Gives the role back before the point of no return. A source that is still active is thawed; one that was demoted is
 * promoted again by the ordinary rule, under a new claim that the target granted first. Returns false when the target
 * turns out to be past the point of no return: then it is done, and the run goes on.
 */
export async function giveBack(c: Context): Promise<boolean> {
  c.stopRenewing?.();
  const { pair } = c.plan;
  const look = (site: string) =>
    lookAt(pair, site, `Observe ${site} before giving back`, '2 minutes').observe({ pair, deep: false });
  const [from, to] = [await look(c.from), await look(c.to)];
  if (from.record?.role === 'active') {
    await at(pair, c.from, `Thaw ${c.from}`).thaw({ order: orderOf(c, 'freeze', `thaw.${roundOf(c, 'freeze')}`) });
    await closeAll(c);
    return true;
  }
  const towards = from.record?.ordinal as Ordinal;
  const number = chooseNumber([from, to], towards);
  const input = { pair, operation: c.run.operation, kind: 'give-back', number, towards, round: 0 } as const;
  const target = await claimAt(c.to, input);
  c.claim = number;
  c.claimedAt.clear();
  c.claimedAt.add(c.to);
  if (target.record.role === 'promoting' || target.record.role === 'active') {
    await claimAt(c.from, input);
    c.claimedAt.add(c.from);
    return false;
  }
  await claimAt(c.from, input);
  c.claimedAt.add(c.from);
  c.run.update({ claim: number });
  await promoteSource(c, target.evidence);
  await closeAll(c);
  return true;
}

async function promoteSource(c: Context, peer: PeerRecord): Promise<void> {
  const { pair } = c.plan;
  const order = (part: string) => ({ claim: c.claim, operation: c.run.operation, step: `give-back.${part}`, round: 0 });
  const fresh = await lookAt(pair, c.from, `Observe ${c.from} under the new claim`, '2 minutes').observe({
    pair,
    deep: false,
  });
  if (fresh.record?.role === 'demoting') {
    await at(pair, c.from, `End the demotion of ${c.from}`).demote({ order: order('demote'), finish: true });
  }
  await at(pair, c.from, `Promote ${c.from} again`).promote({
    order: order('promote'),
    peer,
    configDigest: c.plan.digest,
  });
  await at(pair, c.from, `Start ${c.from} and prove that it serves`).activate({ order: order('activate') });
  await at(pair, c.from, `Release what was enabled at ${c.from}`).release({ order: order('release') });
}

/** Giving back must not die either: it is tried until it is done, asking in between. */
export async function giveBackOrAsk(c: Context): Promise<boolean> {
  for (;;) {
    try {
      return await giveBack(c);
    } catch (error) {
      const { type, says } = stepFailure(error);
      const answer = await c.run.ask({
        step: 'give-back',
        title: `Giving back is blocked: ${says}`,
        choices: ['retry'],
        facts: [`${type}: ${says}`, 'retry: observe and try again'],
      });
      if (!answer) throw ApplicationFailure.nonRetryable(says, type);
    }
  }
}
