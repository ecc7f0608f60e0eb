import { stepFailure } from '../failures.ts';
import { blocked } from './blocked.ts';
import { type Body, type Context, type Next, nextRound, type Step, type StepId } from './context.ts';
import { failedHook, runHooks } from './hooks.ts';

/** How a run of the list ended. */
export type Ended = Extract<Next, { readonly end: unknown } | { readonly giveBack: true }> | 'done';

type SentBack = Extract<Next, { readonly goto: StepId }>;

/** Sends itself back at most so often; then a person is asked. */
const LOOPS = 3;

/** Goes through the list, step by step: one flag decides the form of each, failures ask, and steps may send the run back. */
export async function runSteps(c: Context, steps: readonly Step[]): Promise<Ended> {
  for (let index = 0; index < steps.length; ) {
    const step = steps[index] as Step;
    c.step = step.id;
    // Between demote and promote nobody is waited for: a pause that came meanwhile counts after the promotion.
    if (step.id !== 'promote') await c.run.unlessPaused();
    const body = c.source === 'present' ? step.present : step.gone;
    if (!body || step.needed?.(c) === false) {
      c.run.step(step.id, { state: 'not-needed' });
      index++;
      continue;
    }
    const next = await perform(c, step, body);
    if (typeof next === 'object' && 'goto' in next) {
      index = sendBack(c, steps, next, index);
      continue;
    }
    if (typeof next === 'object') {
      c.run.step(step.id, { state: 'blocked', note: next.why, endedAt: new Date().toISOString() });
      return next;
    }
    index++;
  }
  return 'done';
}

/** One step until it is done, skipped, or sends the run somewhere else. */
async function perform(c: Context, step: Step, body: Body): Promise<Next> {
  // Neither the step nor its other hooks are done again because one hook is left out.
  let done: { readonly note: string | undefined } | undefined;
  const ran = c.hooksRun.get(step.id) ?? new Set<string>();
  c.hooksRun.set(step.id, ran);
  for (;;) {
    c.run.step(step.id, { state: 'running', startedAt: new Date().toISOString() });
    try {
      if (!done) {
        await runHooks(c, step.id, 'before', ran);
        const next = await body(c);
        if (typeof next === 'object') return next;
        done = { note: next };
      }
      await runHooks(c, step.id, 'after', ran);
      const { note } = done;
      c.run.step(step.id, { state: 'done', endedAt: new Date().toISOString(), ...(note ? { note } : {}) });
      return note;
    } catch (error) {
      const failed = stepFailure(error);
      const back = backTo(c, failed.type);
      if (back && c.loops++ < LOOPS) {
        c.notes.push(`back to ${back} from ${step.id}: ${failed.says}`);
        return { goto: back, why: failed.says };
      }
      c.run.step(step.id, { state: 'blocked', note: failed.says });
      const decision = await blocked(c, step, failed, failedHook(error));
      c.loops = 0;
      if (decision === 'without-hook') continue;
      if (decision === 'skip') {
        c.run.step(step.id, {
          state: 'skipped',
          note: `skipped after: ${failed.says}`,
          endedAt: new Date().toISOString(),
        });
        return undefined;
      }
      if (decision !== 'retry') return decision;
      if (back) return { goto: back, why: failed.says };
      done = undefined;
      ran.clear();
      nextRound(c, step.id);
    }
  }
}

/** A freeze that broke leads back to it; where only the inventory differs, back to the final sync. */
function backTo(c: Context, type: string): StepId | undefined {
  if (c.promoted || c.source === 'gone') return undefined;
  if (type === 'FreezeBroken') return 'freeze';
  return type === 'InventoryChanged' || type === 'NoReceipt' ? 'final-sync' : undefined;
}

function sendBack(c: Context, steps: readonly Step[], back: SentBack, from: number): number {
  const index = steps.findIndex((step) => step.id === back.goto);
  for (const step of steps.slice(index, from + 1)) {
    nextRound(c, step.id);
    if (!back.keepHooks) c.hooksRun.delete(step.id);
    c.run.step(step.id, { state: 'waiting' });
  }
  return index;
}
