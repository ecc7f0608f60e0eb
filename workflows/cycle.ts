import { ApplicationFailure } from '@temporalio/workflow';
import type { Plan } from '../model/plan.ts';
import type { PointSummary } from '../model/points.ts';
import type { Order } from '../model/record.ts';
import type { ProofResult } from '../model/site-activities.ts';
import { at } from './proxies.ts';

/** One cycle under a claim that is held at both sites: backup, transfer, restore, verify. Shared by sync and failover. */
export interface CycleInput {
  readonly plan: Plan;
  readonly from: string;
  readonly to: string;
  readonly purpose: 'sync' | 'final';
  order(step: string): Order;
  /** Called before each part, with what it does. */
  onPart(part: 'backup' | 'transfer' | 'restore' | 'verify'): Promise<void>;
}

export interface CycleResult {
  readonly point: PointSummary;
  readonly proof: ProofResult;
  readonly stored: number;
  readonly notes: readonly string[];
}

export async function runCycle({ plan, from, to, purpose, order, onPart }: CycleInput): Promise<CycleResult> {
  const { pair } = plan;
  await onPart('backup');
  // What RPO counts from: the control side's time just before the backup begins.
  const startedAt = new Date().toISOString();
  let stored = 0;
  const kept: string[] = [];
  for (const { name } of plan.components) {
    const backup = await at(pair, from, `Back up ${name} at ${from}`).backup({
      order: order(`backup.${name}`),
      component: name,
      purpose,
    });
    stored += backup.stored;
    if (backup.plain)
      kept.push(`${name}: its package was not taken apart, so more moves than changed: ${backup.plain}`);
  }
  const sealed = await at(pair, from, `Seal the recovery point at ${from}`).seal({
    order: order('seal'),
    purpose,
    startedAt,
  });

  await onPart('transfer');
  const point = await at(pair, to, `Pull ${sealed.id} from ${from}'s vault`).pull({
    order: order('pull'),
    point: sealed.id,
    ...(sealed.parts ? { parts: sealed.parts } : {}),
  });
  await at(pair, to, `Read ${sealed.id} again from ${to}'s vault`).verify({ order: order('intact'), point: sealed.id });

  await onPart('restore');
  const notes = [...kept, ...(await restorePoint({ plan, to, point: sealed.id, order }))];

  await onPart('verify');
  const proof = await at(pair, to, `Compare ${to} with ${sealed.id}`).prove({
    order: order('prove'),
    point: sealed.id,
  });
  if (purpose === 'final' && proof.mismatches.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `${to} does not hold what ${sealed.id} does: ${proof.mismatches.slice(0, 5).join('; ')}`,
      'NotProven',
    );
  }
  return { point, proof, stored, notes };
}

/** Restores every component of one intact point at one site. */
export async function restorePoint(input: {
  readonly plan: Plan;
  readonly to: string;
  readonly point: string;
  order(step: string): Order;
}): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { name } of input.plan.components) {
    const restored = await at(input.plan.pair, input.to, `Restore ${name} at ${input.to}`).restore({
      order: input.order(`restore.${name}`),
      point: input.point,
      component: name,
    });
    notes.push(...restored.notes.map((note) => `${name}: ${note}`));
  }
  return notes;
}
