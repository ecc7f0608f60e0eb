import type { Choice } from '../../model/asks.ts';
import type { StepFailure } from '../failures.ts';
import { type Context, type Next, type Step, type StepId, sourceRole } from './context.ts';
import type { FailedHook } from './hooks.ts';
import { difference, replan } from './replan.ts';

/** What may be skipped never touches safety: the rest has to be done, or undone. */
const NEVER_SKIPPED: readonly StepId[] = [
  'observe',
  'start',
  'claim',
  'freeze',
  'final-sync',
  'receipt',
  'cutover',
  'demote',
  'promote',
];

/** The application's own tasks still run, and no claim is granted past them. */
export const TASKS = {
  wait: 'wait: until the application’s own tasks have ended',
  'stop-core': 'stop-core: stop the application’s core at that site, so that its tasks are dead',
} as const;

const MEANS: Partial<Record<Choice, string>> = {
  retry: 'retry: observe and try this step again',
  skip: 'skip: go on without this step',
  'give-back': 'give-back: undo what was done, the source stays (or becomes) active',
  'without-source':
    'without-source: go on as if the source were lost; its loss is quoted and approved anew. There is no way back from it',
  replan: 'replan: go on with the configuration as it is now',
  approve: 'approve: take the site over, in your name, from the run that is gone',
  abort: 'abort: end here; nothing of this run has to be undone, or another operation has its claim',
  ...TASKS,
};

const WITHOUT_HOOK = 'skip: go on without this hook; only the hook is left out, the step itself is done';

/** A step is out of retries, or a hook beside it failed: the run never dies of it, a person decides. */
export async function blocked(
  c: Context,
  step: Step,
  failed: StepFailure,
  hook?: FailedHook,
): Promise<Next | 'retry' | 'skip' | 'without-hook'> {
  const choices = choicesFor(c, step, failed, hook);
  const answer = await c.run.ask({
    step: step.id,
    title: `${step.title}: ${failed.says}`,
    choices,
    facts: [
      `${failed.type}: ${failed.says}`,
      ...(hook ? [`What failed is your hook ${hook.when} ${step.id}`] : []),
      ...(choices.includes('replan') ? [await difference(c)] : []),
      ...choices.map((choice) => (hook && choice === 'skip' ? WITHOUT_HOOK : (MEANS[choice] ?? choice))),
    ],
  });
  const by = `${answer?.who ?? 'nobody'}: ${answer?.why ?? ''}`;
  switch (answer?.choice) {
    case 'skip':
      if (!hook) return 'skip';
      c.hooksLeftOut.add(hook.id);
      c.notes.push(`hook ${hook.when} ${step.id} was left out by ${by}; it had failed: ${failed.says}`);
      return 'without-hook';
    case 'give-back':
      return { giveBack: true, why: `given back by ${by}` };
    case 'abort':
      return { end: 'aborted', why: `aborted by ${by}` };
    case 'without-source':
      return turnToGone(c, by);
    case 'replan':
      await replan(c);
      return 'retry';
    case 'wait':
    case 'stop-core':
      c.tasks = answer.choice;
      return 'retry';
    case 'approve':
      // Only offered where a claim is held by a run that is gone, and good for that run alone.
      c.takeover = { by: { who: answer.who, why: answer.why }, from: c.holder ?? '' };
      return 'retry';
    default:
      return 'retry';
  }
}

export function choicesFor(c: Context, step: Step, failed: StepFailure, hook?: FailedHook): readonly Choice[] {
  // Another operation has the claim: nothing that this run could do is left.
  if (failed.type === 'StaleClaim') return ['retry', 'abort'];
  const choices: Choice[] = ['retry'];
  if (failed.type === 'TasksRunning' && step.id === 'claim') choices.push('wait', 'stop-core');
  if (failed.type === 'HolderGone') choices.push('approve');
  if (failed.type === 'ConfigChanged') choices.push('replan');
  if (hook || (step.skippable && !NEVER_SKIPPED.includes(step.id))) choices.push('skip');
  const changedSource = c.claimedAt.has(c.from) && c.source === 'present';
  if (changedSource && !c.promoted) choices.push('give-back');
  if (c.source === 'present' && !c.promoted) choices.push('without-source');
  if (mayAbort(c)) choices.push('abort');
  return choices;
}

/** Only where exactly one site is active, not frozen, and no enabled set is pending. */
function mayAbort(c: Context): boolean {
  if (c.promoted) return c.released;
  if (c.source === 'gone') return c.claim === 0;
  const found = sourceRole(c);
  const pending = c.fromView?.held || c.fromView?.frozen;
  return c.frozenAt === undefined && !pending && (found === undefined || found === 'active');
}

/** What is claimed next is another number: a site that is away, or is not claimed again, keeps the one it has. */
export function leaveClaim(c: Context): void {
  if (c.claimedAt.size > 0) c.left.add(c.claim);
  c.claimedAt.clear();
}

/** One way, once: every approval lapses, and a new, higher claim is taken at the target before anything else. */
export function turnToGone(c: Context, by: string): Extract<Next, { readonly goto: StepId }> {
  c.source = 'gone';
  c.lostAt = new Date().toISOString();
  c.stopRenewing?.();
  delete c.peer;
  delete c.receipt;
  delete c.cutover;
  delete c.verdict;
  delete c.verdictAt;
  leaveClaim(c);
  c.run.update({ source: 'gone' });
  c.notes.push(`the source was given up by ${by}`);
  return { goto: 'observe', why: `without its source, by ${by}` };
}
