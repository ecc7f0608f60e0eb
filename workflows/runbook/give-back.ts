import type { Ordinal, PeerRecord } from '../../model/record.ts';
import type { SiteView } from '../../model/site-activities.ts';
import { chooseNumber, claimAt } from '../claiming.ts';
import { type StepFailure, stepFailure } from '../failures.ts';
import { at, lookAt } from '../proxies.ts';
import { leaveClaim, TASKS } from './blocked.ts';
import { closeAll } from './claim.ts';
import { type Context, nextRound, orderOf, sourceRole } from './context.ts';
import { settleJobs } from './jobs.ts';
import { difference, replan } from './replan.ts';

/** `past`: the target was past the point of no return; `gone`: go on without the source; `left`: another run has the claims. */
export type GivenBack =
  | { readonly back: 'given-back' | 'past' }
  | { readonly back: 'gone' | 'left'; readonly by: string };

/** Giving back must not die either: it is tried until it is done, asking in between. */
export async function giveBackOrAsk(c: Context): Promise<GivenBack> {
  for (;;) {
    try {
      return { back: (await giveBack(c)) ? 'given-back' : 'past' };
    } catch (error) {
      const failed = stepFailure(error);
      const { type, says } = failed;
      const other = type === 'StaleClaim' || type === 'Busy';
      const changed = type === 'ConfigChanged';
      const answer = await c.run.ask({
        step: 'give-back',
        title: `Giving back is blocked: ${says}`,
        choices: [
          'retry',
          ...(changed ? (['replan'] as const) : []),
          ...(type === 'TasksRunning' ? (['wait', 'stop-core'] as const) : []),
          'without-source',
          ...(other ? (['abort'] as const) : []),
        ],
        facts: [
          `${type}: ${says}`,
          ...targetLost(c, failed),
          'retry: observe and try again',
          ...(type === 'TasksRunning' ? [TASKS.wait, TASKS['stop-core']] : []),
          ...(changed ? [`replan: goes on with the present configuration; ${await difference(c)}`] : []),
          `without-source: go on to ${c.to} as if ${c.from} were lost; its loss is quoted and approved anew`,
          ...(other ? ['abort: end here, another operation has the claim'] : []),
        ],
      });
      const by = `${answer?.who}: ${answer?.why}`;
      if (answer?.choice === 'without-source') return { back: 'gone', by };
      if (answer?.choice === 'abort') return { back: 'left', by };
      if (answer?.choice === 'replan') await replan(c);
      if (answer?.choice === 'wait' || answer?.choice === 'stop-core') c.tasks = answer.choice;
    }
  }
}

/** Nothing serves then, and this run alone cannot change it: its ways lead to the target or ask for its word. */
function targetLost(c: Context, { type, where }: StepFailure): readonly string[] {
  const { from, to } = c;
  const lost = where === to && (type === 'NoAnswer' || type === 'Unavailable');
  if (!lost || sourceRole(c) === 'active') return [];
  const input = { pair: c.plan.pair, to: from, mode: 'unplanned', reason: `${to} is lost` };
  return [
    `${from} was demoted and ${to} does not answer, so nothing serves. If ${to} is lost: terminate this run, start a failover with ` +
      `${JSON.stringify(input)}, approve there that it takes over the claim of this run, and confirm that ${to} cannot act. ` +
      `${from} then serves with all that it held when it was demoted`,
  ];
}

/**
 * Gives the role back before the point of no return. A source that is still active is thawed; one that was demoted is
 * promoted again by the ordinary rule, under a new claim that the target granted first. Returns false when the target
 * turns out to be past the point of no return: then it is done, and the run goes on.
 */
async function giveBack(c: Context): Promise<boolean> {
  c.stopRenewing?.();
  const { pair } = c.plan;
  const look = (site: string): Promise<SiteView> =>
    lookAt(pair, site, `Observe ${site} before giving back`, '2 minutes').observe({ pair, deep: false });
  const from = await look(c.from);
  c.fromView = from;
  // Whatever became of the target: a source that is active is let go without it.
  if (from.record?.role === 'active') {
    await letGo(c, from);
    await runAgain(c, from);
    await closeAll(c);
    return true;
  }
  const to = await look(c.to);
  const towards = from.record?.ordinal as Ordinal;
  const number = chooseNumber([from, to], towards, c.claim);
  const input = {
    pair,
    operation: c.run.operation,
    kind: 'give-back' as const,
    number,
    towards,
    round: 0,
    ...(c.tasks ? { tasks: c.tasks } : {}),
  };
  leaveClaim(c);
  c.claim = number;
  c.claimedAt.add(c.to);
  const target = await claimAt(c.to, input);
  c.claimedAt.add(c.from);
  await claimAt(c.from, input);
  delete c.tasks;
  c.run.update({ claim: number });
  if (target.record.role === 'promoting' || target.record.role === 'active') {
    c.toView = { ...to, record: target.record };
    return false;
  }
  await promoteSource(c, from, target.evidence);
  await runAgain(c, from);
  await closeAll(c);
  return true;
}

/** Frozen: thawed. Held by a promotion that was begun here (an earlier try to give back): released. */
async function letGo(c: Context, from: SiteView): Promise<void> {
  nextRound(c, 'freeze');
  const order = orderOf(c, 'freeze', 'give-back.let-go');
  if (from.frozen) await at(c.plan.pair, c.from, `Thaw ${c.from}`).thaw({ order });
  else if (from.held) await at(c.plan.pair, c.from, `Release what was enabled at ${c.from}`).release({ order });
}

/** Jobs that were given up there had been accepted: the source that goes on serving owes them. */
async function runAgain(c: Context, from: SiteView): Promise<void> {
  const order = (part: string) => orderOf(c, 'freeze', `give-back.${part}`);
  const said = await settleJobs(c, { site: c.from, count: from.givenUpJobs, step: 'give-back', order });
  if (said) c.notes.push(`at ${c.from}${said}`);
}

async function promoteSource(c: Context, from: SiteView, peer: PeerRecord): Promise<void> {
  const { pair } = c.plan;
  const order = (part: string) => ({ claim: c.claim, operation: c.run.operation, step: `give-back.${part}`, round: 0 });
  if (from.record?.role === 'demoting') {
    await at(pair, c.from, `End the demotion of ${c.from}`).demote({ order: order('demote') });
  }
  await at(pair, c.from, `Promote ${c.from} again`).promote({
    order: order('promote'),
    peer,
    configDigest: c.plan.digest,
  });
  await at(pair, c.from, `Start ${c.from} and prove that it serves`).activate({ order: order('activate') });
  await at(pair, c.from, `Release what was enabled at ${c.from}`).release({ order: order('release') });
}
