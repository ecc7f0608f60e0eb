import { ApplicationFailure } from '@temporalio/workflow';
import type { Plan } from '../../model/plan.ts';
import { stepFailure } from '../failures.ts';
import { readPlanAgain } from '../read-plan.ts';
import type { Context } from './context.ts';

/** What a person is told before answering `replan`. */
export async function difference(c: Context): Promise<string> {
  try {
    const plan = await readPlanAgain(c.plan.pair, 'Read the plan again');
    return `planned and present configuration: ${differs(c.plan, plan)}`;
  } catch (error) {
    return `the present configuration cannot be read: ${stepFailure(error).says}`;
  }
}

function differs(before: Plan, after: Plan): string {
  const keys = Object.keys(after).filter(
    (key) =>
      key !== 'digest' &&
      key !== 'places' &&
      JSON.stringify(after[key as keyof Plan]) !== JSON.stringify(before[key as keyof Plan]),
  );
  const digests = `${before.digest.slice(0, 12)} → ${after.digest.slice(0, 12)}`;
  if (before.digest === after.digest) return `${digests}, the same at control`;
  return `${digests}, ${keys.length > 0 ? `different in ${keys.join(', ')}` : 'different only in what a plan does not carry'}`;
}

/**
 * Takes the configuration as it is now, or notes why not. Sites, installations, vaults and components of a run in progress
 * never change; the difference is noted in the report.
 */
export async function replan(c: Context): Promise<void> {
  await adopt(c).catch((error: unknown) => void c.notes.push(`not replanned: ${stepFailure(error).says}`));
}

async function adopt(c: Context): Promise<void> {
  const plan = await readPlanAgain(c.plan.pair, 'Read the plan again');
  const fixed = (each: Plan): string =>
    JSON.stringify([each.sites, each.components.map(({ name, kind }) => [name, kind])]);
  const moved = c.plan.places !== undefined && plan.places !== c.plan.places;
  if (moved || fixed(plan) !== fixed(c.plan)) {
    throw ApplicationFailure.nonRetryable(
      'sites, installations, components and vaults of a run in progress cannot change: put the former configuration back',
      'ConfigChanged',
    );
  }
  c.notes.push(`replanned: ${differs(c.plan, plan)}`);
  c.plan = plan;
  c.run.approvers(plan.approvals.approvers);
}
