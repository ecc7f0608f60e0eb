import { condition, isCancellation } from '@temporalio/workflow';
import type { Plan } from '../model/plan.ts';
import { lookAtSite } from './inspect.ts';
import type { Seen } from './pair-status.ts';

/** What a look is told of what happens meanwhile, and tells. */
interface Meanwhile {
  /** A site that a run says is the active one now: what it says of itself is not held up by the other one. */
  promoted(): string | undefined;
  /** A site that had not answered did. */
  back(): void;
}

/**
 * Looks at both sites, again and again. One that did not answer is looked at beside what follows and not waited for: a lost
 * worker takes half a minute to be given up, and what became of the other site meanwhile is to be told at once. Until it
 * answers, it counts as silent.
 */
export function watchSites({ promoted, back }: Meanwhile): (plan: Plan) => Promise<readonly Seen[]> {
  const last = new Map<string, Seen>();
  const open = new Set<string>();

  async function look(plan: Plan, site: string): Promise<void> {
    open.add(site);
    try {
      const seen = await lookAtSite(plan, site);
      if (silent(last.get(site)) && !silent(seen)) back();
      last.set(site, seen);
    } catch (error) {
      // The run is cancelled, and whoever waits for a look hears that too.
      if (!isCancellation(error)) throw error;
    } finally {
      open.delete(site);
    }
  }

  return async (plan) => {
    for (const site of plan.sites) if (!open.has(site)) void look(plan, site);
    const notWaitedFor = (site: string): boolean => silent(last.get(site)) || (promoted() ?? site) !== site;
    await condition(() => plan.sites.every((site) => !open.has(site) || notWaitedFor(site)));
    for (const site of open) if (!silent(last.get(site))) last.set(site, { site, problem: 'it has not answered yet' });
    return plan.sites.map((site) => last.get(site) as Seen);
  };
}

const silent = (seen: Seen | undefined): boolean => seen !== undefined && !('clock' in seen);
