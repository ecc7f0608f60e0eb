import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { inputProblem, type SyncInput } from '../model/inputs.ts';
import type { Plan } from '../model/plan.ts';
import type { Order, SiteRecord } from '../model/record.ts';
import type { SiteView } from '../model/site-activities.ts';
import type { RunReport, StepStatus, SyncResult } from '../model/status.ts';
import { chooseNumber, claimAt, closeAt, holderGone } from './claiming.ts';
import { runCycle } from './cycle.ts';
import { endWith, stepFailure } from './failures.ts';
import { asks, byHand, cameWithPoint, type Owed, settleConfigured, waitForDecision } from './given-up.ts';
import { cut, oneLine, utc } from './markdown.ts';
import { at, lookAt } from './proxies.ts';
import { readPlan } from './read-plan.ts';
import { ACTIVE_KEY, createRun, PAIR_KEY, type Run, STATE_KEY } from './run.ts';

const STEPS: readonly StepStatus[] = [
  { id: 'observe', title: 'Observe both sites', state: 'waiting' },
  { id: 'claim', title: 'Claim both sites, the active first', state: 'waiting' },
  { id: 'backup', title: 'Back up the active', state: 'waiting' },
  { id: 'transfer', title: 'Pull it into the standby’s vault', state: 'waiting' },
  { id: 'restore', title: 'Restore it at the standby', state: 'waiting' },
  { id: 'verify', title: 'Compare the standby with the point', state: 'waiting' },
  { id: 'prune', title: 'Prune both vaults', state: 'waiting' },
];

/**
 * One cycle: backup → transfer → restore → verify → prune. Started by the schedule or by hand. Which way it goes comes
 * from the records at the sites, never from configuration; it asks nobody, and ends as busy when another run works.
 */
export async function sync(input: SyncInput): Promise<SyncResult> {
  const problem = inputProblem('sync', input);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  const run = createRun('sync', input.pair, STEPS);
  upsertSearchAttributes([
    { key: PAIR_KEY, value: input.pair },
    { key: STATE_KEY, value: 'SYNCING' },
  ]);
  let state = 'FAILED';
  let good: Pick<RunReport, 'point' | 'active'> = {};
  try {
    const result = await runSync(run, await readPlan(input.pair));
    const { outcome, point, pointTime, from } = result;
    state = outcome.toUpperCase().replaceAll('-', ' ');
    if (outcome === 'synced' && point && pointTime && from)
      good = { point: { id: point, at: pointTime }, active: from };
    run.update({ ended: ending(result) });
    return result;
  } catch (error) {
    if (isCancellation(error)) {
      state = 'CANCELLED';
      run.update({ ended: '**Cancelled.** The next sync begins anew.' });
      throw error;
    }
    run.update({
      ended: `**Failed.** ${oneLine(error instanceof ApplicationFailure ? error.message : stepFailure(error).says)}`,
    });
    if (error instanceof ApplicationFailure) throw error;
    return endWith(error);
  } finally {
    await CancellationScope.nonCancellable(async () => {
      upsertSearchAttributes([{ key: STATE_KEY, value: state }]);
      await run.report({ step: 'ended', ended: true, ...good });
      await condition(allHandlersFinished);
    });
  }
}

/** How it ended, as its details say it. */
function ending({ outcome, why, point, to, pointTime, held = [], jobs = [] }: SyncResult): string {
  if (outcome === 'synced')
    return [
      `**Done: ${to} holds \`${point}\`, proven.** Its backup began at ${utc(pointTime ?? '')}.`,
      ...[...held, ...jobs].map((text) => cut(oneLine(text), 500)),
    ].join('\n\n');
  return `**Not done:** ${oneLine(why ?? outcome)}.`;
}

async function runSync(run: Run, plan: Plan): Promise<SyncResult> {
  const { pair } = plan;
  run.step('observe', { state: 'running' });
  const views = await Promise.all(
    plan.sites.map((site) => lookAt(pair, site, `Observe ${site}`, '2 minutes').observe({ pair, deep: false })),
  );
  const paused = views.find((view) => view.record?.paused)?.record?.paused;
  if (paused) return skip(run, 'paused', `paused by ${paused.who}: ${paused.why}`);
  const active = views.find((view) => view.record?.role === 'active');
  const standby = views.find((view) => view !== active);
  const direction = active && standby ? unfit(active, standby) : `no site is active: ${describe(views)}`;
  if (!active || !standby || direction) return skip(run, 'nothing-to-do', direction ?? '');
  run.update({ from: active.site, to: standby.site });
  upsertSearchAttributes([{ key: ACTIVE_KEY, value: active.site }]);
  run.step('observe', { state: 'done', note: describe(views) });

  run.step('claim', { state: 'running' });
  const leftover = await closeLeftover(pair, active, standby);
  if (leftover) return skip(run, 'busy', leftover);
  const number = chooseNumber(views, (standby.record as SiteRecord).ordinal);
  const order = (step: string): Order => ({ claim: number, operation: run.operation, step, round: 0 });
  const claimed = new Set<string>();
  try {
    for (const view of [active, standby]) {
      const gone = await holderGone(view);
      // Before it is known to be granted: whatever comes, it is closed again.
      claimed.add(view.site);
      const { record } = await claimAt(view.site, {
        pair,
        number,
        operation: run.operation,
        kind: 'sync',
        towards: (standby.record as SiteRecord).ordinal,
        round: 0,
        tasks: 'wait',
        ...(gone && view.record ? { gone: view.record.claim.operation } : {}),
      });
      if (record.role !== view.record?.role || record.epoch !== view.record.epoch)
        return skip(run, 'nothing-to-do', `the role of ${view.site} changed meanwhile: it is ${record.role}`);
    }
    run.update({ claim: number });
    run.step('claim', { state: 'done', note: `claim ${number}` });
    run.tell({ step: 'claim', claim: number });
    return await underClaim(run, plan, active, standby, order);
  } catch (error) {
    const { type, says } = stepFailure(error);
    // A run that works there, or a failover that displaced this one: no failure, the next cycle follows its outcome.
    if (BUSY.includes(type)) return skip(run, 'busy', says);
    noteFailure(run, says);
    throw error;
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await Promise.all([...claimed].map((site) => closeAt(pair, site, number, run.operation)));
    });
  }
}

/** Refusals that only say that another operation has, or had, the claim. */
const BUSY: readonly string[] = ['Busy', 'NumberTooLow', 'StaleClaim'];

async function underClaim(
  run: Run,
  plan: Plan,
  active: SiteView,
  standby: SiteView,
  order: (step: string) => Order,
): Promise<SyncResult> {
  const { pair } = plan;
  // An active site with a pending set was frozen, or just promoted, by a run that is gone: its release comes first.
  if (active.frozen) await at(pair, active.site, `Thaw ${active.site}, which was held`).thaw({ order: order('thaw') });
  const held = active.held && !active.frozen ? await releaseHeld(pair, active.site, order) : [];
  const jobs = await settleOwed(plan, active, order);
  let part = '';
  const { point, proof, stored, notes } = await runCycle({
    plan,
    from: active.site,
    to: standby.site,
    purpose: 'sync',
    order,
    async onPart(next) {
      if (part) run.step(part, { state: 'done' });
      await run.unlessPaused();
      part = next;
      run.step(next, { state: 'running' });
    },
  });
  run.update({ point: point.id });
  const proven = proof.mismatches.length === 0;
  run.step('verify', {
    state: proven ? 'done' : 'blocked',
    note: proven ? `${proof.equal} items equal, ${proof.extras} extra` : proof.mismatches.slice(0, 3).join('; '),
  });
  run.step('prune', { state: 'running' });
  const pruned = await Promise.all(
    [active.site, standby.site].map((site) =>
      at(pair, site, `Prune ${site}'s vault`).prune({ order: order('prune'), tip: point.id, keep: plan.keep }),
    ),
  );
  run.step('prune', { state: 'done', note: `${pruned.reduce((sum, each) => sum + each.removed, 0)} points removed` });
  if (!proven) {
    throw ApplicationFailure.nonRetryable(
      `${point.id} was restored at ${standby.site}, but ${proof.mismatches.length} items are not as in the point: ${proof.mismatches.slice(0, 5).join('; ')}`,
      'NotProven',
    );
  }
  return {
    outcome: 'synced',
    point: point.id,
    from: active.site,
    to: standby.site,
    bytes: stored,
    pointTime: point.startedAt,
    extras: proof.extras,
    notes: [...held, ...jobs, ...notes],
    ...(held.length > 0 ? { held } : {}),
    ...(jobs.length > 0 ? { jobs } : {}),
  };
}

/** What of it cannot be released stays pending, and keeps nothing else from being protected. */
async function releaseHeld(pair: string, site: string, order: (step: string) => Order): Promise<readonly string[]> {
  try {
    await at(pair, site, `Release ${site}, which was held`).release({ order: order('release') });
    return [];
  } catch (error) {
    const { type, says } = stepFailure(error);
    if (BUSY.includes(type)) throw error;
    return [`${site} is still held, which the next sync tries again to end: ${says}`];
  }
}

/**
 * Jobs that a run gave up there which is gone: they had been accepted, and nobody else would run them. A sync asks nobody,
 * so what needs a decision is only told. Nothing of this keeps the pair from being protected.
 */
async function settleOwed(plan: Plan, active: SiteView, order: (step: string) => Order): Promise<readonly string[]> {
  const { site, givenUpJobs: count } = active;
  if (count === 0) return [];
  const { pair, components } = plan;
  const owed: Owed = { pair, site, count, components, order, ofLost: cameWithPoint(active.record) };
  try {
    const settled = await settleConfigured(owed);
    return [
      ...(settled.says.length > 0 ? [`at ${site}, ${settled.says.join(', ')}`] : []),
      ...(settled.byHand.length > 0 ? [byHand(settled.byHand)] : []),
      ...(asks(owed, settled) ? [waitForDecision(settled.left, site)] : []),
    ];
  } catch (error) {
    const { type, says } = stepFailure(error);
    if (BUSY.includes(type)) throw error;
    return [`jobs that were given up at ${site} are still to be settled, which the next sync tries again: ${says}`];
  }
}

/**
 * A failover that had ended could not tell a site that was away then. What it did is done: its claim (or, where it went on
 * without its source, its later one) was closed at the other site, or the role that was taken under it is held there. So
 * nobody has to take it over. Returns why it stays open: the next claim at the other site would hide that it may be closed.
 */
async function closeLeftover(pair: string, active: SiteView, standby: SiteView): Promise<string | undefined> {
  for (const [view, other] of [
    [standby, active],
    [active, standby],
  ] as const) {
    const [left, held] = [view.record?.claim, other.record?.claim];
    if (!held || !left || left.closed || left.kind === 'sync') continue;
    const ended = held.operation === left.operation && held.number >= left.number && held.closed;
    const promoted = view === standby && active.record?.epoch === left.number && held.number > left.number;
    // An active site that is in the hands of a run is left to it.
    if (view === active ? !(ended && (await holderGone(view))) : !ended && !promoted) continue;
    if (!(await closeAt(pair, view.site, left.number, left.operation)))
      return `claim ${left.number} of ${left.operation}, which has ended, could not be closed at ${view.site}`;
  }
  return undefined;
}

/** Why these two cannot be synced, or undefined. */
function unfit(active: SiteView, other: SiteView): string | undefined {
  if (other.recordProblem) return `${other.site} has no readable record: ${other.recordProblem}`;
  if (other.record?.role !== 'standby')
    return `${other.site} is ${other.record?.role ?? 'without a record'}, not standby`;
  return active.record?.pair === other.record.pair ? undefined : 'the two records are of different pairs';
}

const describe = (views: readonly SiteView[]): string =>
  views.map((view) => `${view.site} ${view.record?.role ?? view.recordProblem ?? 'has no record'}`).join(', ');

function skip(run: Run, outcome: SyncResult['outcome'], why: string): SyncResult {
  noteFailure(run, why, 'skipped');
  return { outcome, why };
}

function noteFailure(run: Run, note: string, state: 'blocked' | 'skipped' = 'blocked'): void {
  const current = run.status().steps.find((step) => step.state === 'running');
  if (current) run.step(current.id, { state, note });
}
