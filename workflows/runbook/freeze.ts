import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { Answer } from '../../model/asks.ts';
import { stepFailure } from '../failures.ts';
import { at } from '../proxies.ts';
import { type Context, type Next, nextRound, orderOf, sourceRole } from './context.ts';

/** Only an active source is frozen; one that an earlier run demoted holds still already. */
export const needsFreeze = (c: Context): boolean => sourceRole(c) === 'active';

/** Enabled set journaled, front door closed, drained, proved. Undone by a thaw. */
export async function freeze(c: Context): Promise<Next> {
  c.stopRenewing?.();
  c.frozenAt ??= new Date().toISOString();
  let draining: string | undefined;
  for (;;) {
    try {
      const does = draining ? `Drain ${c.from}: ${draining}` : `Freeze ${c.from}`;
      const frozen = await at(c.plan.pair, c.from, does).freeze({
        order: orderOf(c, 'freeze'),
        jobs: c.jobs ?? configured(c),
      });
      c.frozenAt = new Date(Date.now() - frozen.closedFor).toISOString();
      draining = frozen.draining;
      if (draining) {
        // Called again and again, which is the renewal: where nobody calls any more, the site thaws itself.
        nextRound(c, 'freeze');
        continue;
      }
      c.stopRenewing = keepRenewing(c);
      c.notes.push(...frozen.notes);
      // The answer was about those jobs: a later freeze of this run asks anew.
      delete c.jobs;
      return `${frozen.enabledItems} enabled items are held${frozen.givenUp > 0 ? `, ${frozen.givenUp} jobs were given up` : ''}`;
    } catch (error) {
      const { type, says } = stepFailure(error);
      if (type !== 'NotDrained') throw error;
      const answer = await askAboutJobs(c, says);
      if (answer?.choice === 'give-back') return { giveBack: true, why: `${answer.who}: ${answer.why}` };
      c.jobs = answer?.choice === 'cancel-jobs' ? 'cancel-all' : 'wait';
      nextRound(c, 'freeze');
    }
  }
}

/** Drained or not, the source is held still meanwhile. */
async function askAboutJobs(c: Context, says: string): Promise<Answer | undefined> {
  // Draining may have used up most of the freeze's time.
  await renew(c);
  const stop = keepRenewing(c);
  try {
    return await c.run.ask({
      step: 'freeze',
      title: 'Jobs did not end within the limit',
      choices: ['wait', 'cancel-jobs', 'give-back'],
      facts: [
        says,
        'wait: until they have ended',
        'cancel-jobs: they are given up here and kept, to be run again, as far as they can be',
        'give-back: thaw; the source stays active',
      ],
    });
  } finally {
    stop();
  }
}

/** The most careful of what the components are configured for. */
function configured(c: Context): 'ask' | 'wait' | 'cancel' {
  const wanted = c.plan.components.map((component) => component.drain.then);
  return wanted.includes('ask') ? 'ask' : wanted.includes('wait') ? 'wait' : 'cancel';
}

/**
 * The freeze clock: renews at least every third of its limit while the run works. It stops once the run has waited for
 * people for the whole limit, so that the site thaws itself, and goes on when they have decided. Returns how to end it.
 */
function keepRenewing(c: Context): () => void {
  const scope = new CancellationScope();
  const { max } = c.plan.freeze;
  const loop = scope.run(async () => {
    for (;;) {
      await sleep(max / 3, { summary: `until the freeze of ${c.from} is renewed` });
      await condition(() => c.run.waiting() < max);
      // What is ended is the waiting: a renewal on its way does no harm, and ends by itself.
      await CancellationScope.nonCancellable(() => renew(c));
    }
  });
  loop.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return () => scope.cancel();
}

/** A freeze that is broken shows at the next step that counts on it. */
async function renew(c: Context): Promise<void> {
  try {
    await at(c.plan.pair, c.from, `Renew the freeze of ${c.from}`).renewFreeze({
      order: orderOf(c, 'freeze', 'renew'),
    });
  } catch (error) {
    stepFailure(error);
  }
}
