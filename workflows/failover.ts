import { ApplicationFailure, allHandlersFinished, condition, upsertSearchAttributes } from '@temporalio/workflow';
import { type FailoverInput, inputProblem } from '../model/inputs.ts';
import type { Plan } from '../model/plan.ts';
import type { FailoverResult } from '../model/status.ts';
import { endWith } from './failures.ts';
import { control } from './proxies.ts';
import { ACTIVE_KEY, createRun, PAIR_KEY, type Run, STATE_KEY } from './run.ts';
import { closeAll } from './runbook/claim.ts';
import type { Context } from './runbook/context.ts';
import { type Ended, runSteps } from './runbook/engine.ts';
import { giveBackOrAsk } from './runbook/give-back.ts';
import { RUNBOOK } from './runbook/steps.ts';

/**
 * Moves the active role to the site `to`: planned (loses nothing) or unplanned (states the loss before anyone approves it).
 * It never dies in the middle: a step that is out of retries asks.
 */
export async function failover(input: FailoverInput): Promise<FailoverResult> {
  const problem = inputProblem('failover', input);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  const run = createRun(
    'failover',
    input.pair,
    RUNBOOK.map(({ id, title }) => ({ id, title, state: 'waiting' })),
  );
  const plan = await control('Read the plan').loadPlan({ pair: input.pair }).catch(endWith);
  const c = contextOf(run, plan, input);
  try {
    return await finish(c, await conclude(c, await runSteps(c, RUNBOOK)));
  } finally {
    c.stopRenewing?.();
    await condition(allHandlersFinished);
  }
}

function contextOf(run: Run, plan: Plan, input: FailoverInput): Context {
  const from = plan.sites.find((site) => site !== input.to);
  if (!plan.sites.includes(input.to) || !from) {
    throw ApplicationFailure.nonRetryable(`"to" is one of ${plan.sites.join(', ')}, not "${input.to}"`, 'InvalidInput');
  }
  const source = input.mode === 'planned' ? 'present' : 'gone';
  run.approvers(plan.approvals.approvers);
  run.update({ from, to: input.to, mode: input.mode, source });
  upsertSearchAttributes([
    { key: PAIR_KEY, value: input.pair },
    { key: STATE_KEY, value: 'FAILING OVER' },
    { key: ACTIVE_KEY, value: from },
  ]);
  return {
    run,
    input,
    plan,
    from,
    to: input.to,
    source,
    claim: 0,
    claimedAt: new Set(),
    rounds: new Map(),
    promoted: false,
    released: false,
    startedAt: new Date().toISOString(),
    notes: [],
  };
}

/** A run that was rejected or given back before the point of no return leaves the source serving. */
async function conclude(c: Context, ended: Ended): Promise<{ outcome: FailoverResult['outcome']; why?: string }> {
  if (ended === 'done') return { outcome: 'committed' };
  const undo = 'giveBack' in ended || (ended.end === 'rejected' && c.claimedAt.has(c.from));
  if (undo && !c.promoted) {
    if (await giveBackOrAsk(c)) return { outcome: 'giveBack' in ended ? 'given-back' : ended.end, why: ended.why };
    // The target was past the point of no return: what is left of the runbook is done forward.
    c.promoted = true;
    const rest = RUNBOOK.slice(RUNBOOK.findIndex((step) => step.id === 'promote'));
    c.notes.push(`not given back (${ended.why}): ${c.to} was past the point of no return`);
    const forward = await runSteps(c, rest);
    return forward === 'done' ? { outcome: 'committed' } : { outcome: 'aborted', why: forward.why };
  }
  c.notes.push(...(await closeAll(c)).map((site) => `the claim at ${site} could not be closed`));
  return { outcome: 'end' in ended ? ended.end : 'aborted', why: ended.why };
}

async function finish(
  c: Context,
  { outcome, why }: { outcome: FailoverResult['outcome']; why?: string },
): Promise<FailoverResult> {
  const committed = outcome === 'committed';
  const point = c.source === 'gone' ? c.chosen : c.final;
  const began = Date.parse(c.source === 'gone' ? c.startedAt : (c.frozenAt ?? c.startedAt));
  const result: FailoverResult = {
    outcome,
    pair: c.plan.pair,
    from: c.from,
    to: c.to,
    mode: c.input.mode,
    reason: c.input.reason,
    answers: c.run.answers,
    steps: c.run.status().steps,
    state: committed && c.source === 'gone' ? 'UNPROTECTED' : 'PROTECTED',
    notes: c.notes,
    ...(why ? { why } : {}),
    ...(c.claim ? { claim: c.claim } : {}),
    ...(point ? { point: point.id, pointTime: point.startedAt } : {}),
    ...(committed && point
      ? { rpo: c.source === 'gone' ? Date.parse(c.startedAt) - Date.parse(point.startedAt) : 0 }
      : {}),
    ...(c.frozenAt ? { frozenAt: c.frozenAt } : {}),
    ...(c.redirectedAt ? { redirectedAt: c.redirectedAt } : {}),
    ...(committed && c.verifiedAt ? { rto: Date.parse(c.verifiedAt) - began } : {}),
    ...(c.verdict
      ? {
          verdict: {
            result: c.verdict.result,
            means: c.verdict.means,
            ...(c.verdict.by ? { who: c.verdict.by.who } : {}),
          },
        }
      : {}),
  };
  upsertSearchAttributes([
    { key: STATE_KEY, value: result.state },
    { key: ACTIVE_KEY, value: committed || outcome === 'already-there' ? c.to : c.from },
  ]);
  await c.run.report({ step: outcome, ended: true, ...(committed ? { active: c.to } : {}) });
  return result;
}
