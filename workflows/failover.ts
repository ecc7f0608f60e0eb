import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { type FailoverInput, inputProblem } from '../model/inputs.ts';
import type { Plan } from '../model/plan.ts';
import type { FailoverResult } from '../model/status.ts';
import { endWith } from './failures.ts';
import { readPlan } from './read-plan.ts';
import { ACTIVE_KEY, createRun, PAIR_KEY, type Run, STATE_KEY } from './run.ts';
import { conclude } from './runbook/conclude.ts';
import type { Context } from './runbook/context.ts';
import { runSteps } from './runbook/engine.ts';
import { finish } from './runbook/finish.ts';
import { RUNBOOK } from './runbook/steps.ts';

/**
 * Moves the active role to the site `to`: planned (loses nothing) or unplanned (states the loss before anyone approves it).
 * It never dies in the middle: a step that is out of retries asks. Cancelled before the point of no return it gives the
 * role back and ends as cancelled; after it, what is left is finished, because nothing else would leave a site serving.
 */
export async function failover(input: FailoverInput): Promise<FailoverResult> {
  const problem = inputProblem('failover', input);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  const run = createRun(
    'failover',
    input.pair,
    RUNBOOK.map(({ id, title }) => ({ id, title, state: 'waiting' })),
  );
  try {
    const plan = await readPlan(input.pair).catch(endWith);
    return await conduct(contextOf(run, plan, input));
  } finally {
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

async function conduct(c: Context): Promise<FailoverResult> {
  try {
    const ended = await runSteps(c, RUNBOOK);
    return await CancellationScope.nonCancellable(async () => finish(c, await conclude(c, ended)));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    const result = await CancellationScope.nonCancellable(async () =>
      finish(c, await conclude(c, { end: 'cancelled', why: 'the run was cancelled' })),
    );
    if (result.outcome !== 'committed') throw error;
    return result;
  } finally {
    c.stopRenewing?.();
  }
}

const example = ({ pair, to, reason }: FailoverInput, { sites }: Plan): string =>
  `{"pair": "${pair}", "to": "${sites.includes(to) ? to : sites[1]}", "mode": "planned", "reason": ${JSON.stringify(reason)}}`;

function contextOf(run: Run, plan: Plan, input: FailoverInput): Context {
  const from = plan.sites.find((site) => site !== input.to);
  if (!plan.sites.includes(input.to) || !from) {
    throw ApplicationFailure.nonRetryable(
      `"to" is one of ${plan.sites.join(', ')}, not "${input.to}"; a right one: ${example(input, plan)}`,
      'InvalidInput',
    );
  }
  if (input.mode === 'planned' && input.point !== undefined) {
    throw ApplicationFailure.nonRetryable(
      `"point" is for mode "unplanned": a planned failover takes a new recovery point; a right one: ${example(input, plan)}`,
      'InvalidInput',
    );
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
    left: new Set(),
    damaged: new Set(),
    mismatches: [],
    hooksLeftOut: new Set(),
    hooksRun: new Map(),
    rounds: new Map(),
    step: 'observe',
    loops: 0,
    promoted: false,
    released: false,
    startedAt: new Date().toISOString(),
    doubts: [],
    notes: [],
  };
}
