import { ApplicationFailure } from '@temporalio/workflow';
import type { Finding } from '../model/finding.ts';
import type { InspectInput, VaultPoints } from '../model/inspect.ts';
import type { Plan } from '../model/plan.ts';
import { chainOf } from '../model/points.ts';
import type { SiteView } from '../model/site-activities.ts';
import type { PairStatus } from '../model/status.ts';
import { acrossSites } from './across-sites.ts';
import { endWith, stepFailure } from './failures.ts';
import { pairStatus, type Seen } from './pair-status.ts';
import { control, lookAt } from './proxies.ts';
import { readPlan } from './read-plan.ts';

const EXAMPLE = '{"pair": "orders", "what": "check"}; "what" is check, sites or points';

/** Looks, and changes nothing. What it returns depends on what was asked: see model/inspect.ts. */
export async function inspect(input: InspectInput): Promise<PairStatus | readonly VaultPoints[] | readonly Finding[]> {
  const right = typeof input?.pair === 'string' && ['check', 'sites', 'points'].includes(input.what);
  if (!right || Object.keys(input).some((key) => key !== 'pair' && key !== 'what')) {
    throw ApplicationFailure.nonRetryable(`the input is for example ${EXAMPLE}`, 'InvalidInput');
  }
  const plan = await readPlan(input.pair).catch(endWith);
  const seen = await Promise.all(plan.sites.map((site) => lookAtSite(plan, site)));
  switch (input.what) {
    case 'sites':
      return pairStatus(plan, seen, {
        runs: [],
        lastSync: null,
        clients: 'not looked at',
        now: new Date().toISOString(),
      });
    case 'points':
      return vaultPoints(seen);
    case 'check':
      return check(plan, seen);
  }
}

/** A site's own words, or why there are none. */
export const lookAtSite = (plan: Plan, site: string): Promise<Seen> =>
  lookAt(plan.pair, site, `Observe ${site}`)
    .observe({ pair: plan.pair, deep: true })
    .catch((error: unknown) => ({ site, problem: stepFailure(error).says }));

function vaultPoints(seen: readonly Seen[]): readonly VaultPoints[] {
  const views = seen.filter((each): each is SiteView => 'clock' in each);
  const active = views.find((view) => view.record?.role === 'active') ?? views.find((view) => view.lastPoint !== null);
  return seen.map((each) => {
    if (!('clock' in each)) return { site: each.site, points: [], problem: each.problem };
    // An ancestor may be pruned in one vault and kept in the other: the chain is followed through both.
    const chain = chainOf(
      views.flatMap((view) => view.points),
      active?.lastPoint ?? null,
    );
    return {
      site: each.site,
      points: each.points.map((point) => (chain.has(point.id) ? point : { ...point, lostTimeline: true })),
      ...(each.vaultProblem ? { problem: each.vaultProblem } : {}),
    };
  });
}

async function check(plan: Plan, seen: readonly Seen[]): Promise<readonly Finding[]> {
  const found = await Promise.all([
    control(plan.pair, 'Check from control').checkControl({ pair: plan.pair }).catch(unanswered(undefined)),
    ...plan.sites.map((site) =>
      lookAt(plan.pair, site, `Check ${site}`).check({ pair: plan.pair }).catch(unanswered(site)),
    ),
  ]);
  return [...found.flat(), ...acrossSites(plan, seen)];
}

const unanswered =
  (site: string | undefined) =>
  (error: unknown): readonly Finding[] => [
    {
      level: 'error',
      topic: 'worker',
      ...(site ? { site } : {}),
      says: stepFailure(error).says,
      todo: `start it: understudy worker --part ${site ? `site:${site}` : 'control'}`,
    },
  ];
