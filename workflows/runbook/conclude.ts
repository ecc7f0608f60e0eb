import type { FailoverResult } from '../../model/status.ts';
import { stepFailure } from '../failures.ts';
import { lookAt } from '../proxies.ts';
import { turnToGone } from './blocked.ts';
import { closeAll, closeLeft } from './claim.ts';
import { type Context, nextRound, type StepId } from './context.ts';
import { type Ended, runSteps } from './engine.ts';
import { giveBackOrAsk } from './give-back.ts';
import { RUNBOOK } from './steps.ts';

export interface Concluded {
  readonly outcome: FailoverResult['outcome'] | 'cancelled';
  readonly why?: string;
}

/**
 * However the list ended: a run that stopped before the point of no return leaves the source serving, one that stopped
 * after it is finished. Runs where it cannot be cancelled any more.
 */
export async function conclude(
  c: Context,
  ended: Ended | { readonly end: 'cancelled'; readonly why: string },
): Promise<Concluded> {
  if (ended === 'done') return { outcome: 'committed' };
  const undoes = 'giveBack' in ended || ended.end === 'rejected' || ended.end === 'cancelled';
  if (undoes && !c.promoted && c.source === 'present' && c.claimedAt.has(c.from)) {
    const given = await giveBackOrAsk(c);
    switch (given.back) {
      case 'given-back':
        markUndone(c);
        return { outcome: 'giveBack' in ended ? 'given-back' : ended.end, why: ended.why };
      case 'past':
        c.promoted = true;
        c.notes.push(`not given back (${ended.why}): ${c.to} was past the point of no return`);
        return goOn(c, 'promote');
      case 'gone':
        turnToGone(c, given.by);
        return goOn(c, 'observe');
      case 'left':
        await closeAll(c);
        return { outcome: 'aborted', why: `another operation has the claim; left by ${given.by}` };
    }
  }
  if ('end' in ended && ended.end === 'cancelled' && (c.promoted || (await pastNoReturn(c)))) {
    c.notes.push(`cancelled after the point of no return: what was left is finished`);
    return goOn(c, c.promoted ? c.step : 'promote');
  }
  c.notes.push(...(await closeAll(c)).map((site) => `the claim at ${site} could not be closed`));
  if (!c.promoted) await closeLeft(c);
  return { outcome: 'end' in ended ? ended.end : 'aborted', why: ended.why };
}

/** The rest of the list, from this step on. What was interrupted in it is observed and done again. */
async function goOn(c: Context, step: StepId): Promise<Concluded> {
  nextRound(c, step);
  c.hooksRun.clear();
  return conclude(c, await runSteps(c, RUNBOOK.slice(RUNBOOK.findIndex(({ id }) => id === step))));
}

/** A promotion that was cancelled on its way may have happened. */
async function pastNoReturn(c: Context): Promise<boolean> {
  if (c.step !== 'promote') return false;
  try {
    const { record } = await lookAt(c.plan.pair, c.to, `Observe ${c.to} after the cancellation`, '2 minutes').observe({
      pair: c.plan.pair,
      deep: false,
    });
    return record?.role === 'promoting' || record?.role === 'active';
  } catch (error) {
    c.notes.push(`it is not known whether ${c.to} was promoted: ${stepFailure(error).says}`);
    return false;
  }
}

function markUndone(c: Context): void {
  for (const { id, state } of c.run.status().steps) {
    if ((id === 'claim' || id === 'freeze' || id === 'demote') && state === 'done')
      c.run.step(id, { state: 'undone', note: 'given back' });
  }
}
