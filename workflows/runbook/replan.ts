import { ApplicationFailure } from '@temporalio/workflow';
import type { Plan } from '../../model/plan.ts';
import { control } from '../proxies.ts';
import type { Context } from './context.ts';

/**
 * Takes the configuration as it is now. Sites and components of a run in progress never change; the difference is noted in
 * the report.
 */
export async function replan(c: Context): Promise<void> {
  const plan = await control('Read the plan again').loadPlan({ pair: c.plan.pair });
  const fixed = (each: Plan): string =>
    JSON.stringify([each.sites, each.components.map(({ name, kind }) => [name, kind])]);
  if (fixed(plan) !== fixed(c.plan)) {
    throw ApplicationFailure.nonRetryable(
      'sites and components of a run in progress cannot change: put the former configuration back',
      'ConfigChanged',
    );
  }
  const differs = Object.keys(plan).filter(
    (key) => JSON.stringify(plan[key as keyof Plan]) !== JSON.stringify(c.plan[key as keyof Plan]),
  );
  c.notes.push(
    `replanned: ${c.plan.digest.slice(0, 12)} → ${plan.digest.slice(0, 12)}, different in ${differs.join(', ')}`,
  );
  c.plan = plan;
  c.run.approvers(plan.approvals.approvers);
}
