import { ApplicationFailure } from '@temporalio/workflow';
import { stepFailure } from '../failures.ts';
import { at, control } from '../proxies.ts';
import { type Context, orderOf, type StepId } from './context.ts';

/** The hook that failed and keeps its step from being done. */
export interface FailedHook {
  readonly id: string;
  readonly when: 'before' | 'after';
}

/** Tells a hook's failure from one of the step itself. */
export const failedHook = (error: unknown): FailedHook | undefined => (error as { hook?: FailedHook }).hook;

/**
 * The owner's own hooks around a step: at control, or at the site that plays the role. `ran` are those of this step that
 * were run already, which grows.
 */
export async function runHooks(c: Context, step: StepId, when: 'before' | 'after', ran: Set<string>): Promise<void> {
  for (const hook of c.plan.hooks) {
    const { id } = hook;
    if (hook.step !== step || hook.when !== when) continue;
    if (ran.has(id) || c.hooksLeftOut.has(id)) continue;
    if (hook.at === 'source' && c.source === 'gone') continue;
    const facts = { pair: c.plan.pair, step, when, from: c.from, to: c.to, mode: c.input.mode, reason: c.input.reason };
    const summary = `Hook ${when} ${step}`;
    try {
      if (hook.at === 'control') await control(c.plan.pair, summary).runHook({ pair: c.plan.pair, hook: id, facts });
      else {
        const site = hook.at === 'source' ? c.from : c.to;
        if (!c.claimedAt.has(site)) {
          throw ApplicationFailure.nonRetryable(
            `a hook ${when} ${step} cannot run at ${site}, which is not claimed then: let it run at control`,
            'InvalidInput',
          );
        }
        await at(c.plan.pair, site, summary).runHook({ order: orderOf(c, step, `hook.${id}`), hook: id, facts });
      }
    } catch (error) {
      const failed = stepFailure(error);
      // After the commit nothing is left that could be stopped.
      if (hook.abortOnFailure && !(step === 'commit' && when === 'after'))
        throw Object.assign(error as object, { hook: { id, when } satisfies FailedHook });
      c.notes.push(`hook ${when} ${step}: ${failed.says}`);
    }
    ran.add(id);
  }
}
