import { ApplicationFailure } from '@temporalio/workflow';
import type { Ordinal } from '../../model/record.ts';
import type { Grant } from '../../model/site-activities.ts';
import { chooseNumber, claimAt, closeAt, holderGone } from '../claiming.ts';
import { stepFailure } from '../failures.ts';
import { type Context, type Next, roundOf } from './context.ts';

/** Both sites, the source's first. What was observed is observed again under it: a changed fact lapses the approval. */
export const claimPresent = (c: Context): Promise<Next> => claim(c, [c.from, c.to]);

/** The target alone, with a new and higher number. */
export const claimGone = (c: Context): Promise<Next> => claim(c, [c.to]);

async function claim(c: Context, sites: readonly string[]): Promise<Next> {
  const views = [c.fromView, c.toView].filter((view) => view !== undefined);
  const towards = c.toView?.record?.ordinal as Ordinal;
  // Chosen once and kept, unless a site saw a higher one before anything was granted.
  const number = chooseNumber(
    [...views, ...(c.claim ? [{ ...views[0], seen: c.claim } as (typeof views)[number]] : [])],
    towards,
  );
  for (const site of sites) {
    const view = views.find((each) => each.site === site);
    try {
      const grant = await claimAt(site, {
        pair: c.plan.pair,
        operation: c.run.operation,
        kind: 'failover',
        number,
        towards,
        round: roundOf(c, 'claim'),
        ...(c.takeover ? { takeover: c.takeover } : {}),
        ...(c.tasks ? { tasks: c.tasks } : {}),
      });
      c.claim = number;
      c.claimedAt.add(site);
      if (site === c.from) c.peer = grant.evidence;
      const changed = changedFact(c, site, grant);
      if (changed) return await lapse(c, changed);
    } catch (error) {
      const { type, says } = stepFailure(error);
      await closeAll(c);
      if (type === 'NumberTooLow' && roundOf(c, 'claim') < 3) return { goto: 'observe', why: says };
      if (type === 'Busy' && view && (await holderGone(view))) {
        throw ApplicationFailure.nonRetryable(
          `${says}, and that run is gone. Approve to take the site over in your name`,
          'HolderGone',
        );
      }
      throw error;
    }
  }
  c.run.update({ claim: number });
  await c.run.report({ step: 'claim', claim: number });
  return `claim ${number} at ${sites.join(' and ')}`;
}

/** The grant carries the record as read under the claim. */
function changedFact(c: Context, site: string, { record }: Grant): string | undefined {
  const before = (site === c.from ? c.fromView : c.toView)?.record;
  if (record.role !== before?.role) return `${site} is ${record.role} now, and was ${before?.role}`;
  if (record.epoch !== before.epoch) return `the epoch of ${site} is ${record.epoch} now, and was ${before.epoch}`;
  const gone = c.source === 'gone' && JSON.stringify(record.content) !== JSON.stringify(before.content);
  return gone ? `${site} holds ${record.content?.point} (${record.content?.state}) now` : undefined;
}

async function lapse(c: Context, why: string): Promise<Next> {
  await closeAll(c);
  c.notes.push(`what was approved has changed: ${why}`);
  return { goto: 'observe', why };
}

/** Gives back what was claimed. */
export async function closeAll(c: Context): Promise<readonly string[]> {
  const open = [...c.claimedAt];
  c.claimedAt.clear();
  const closed = await Promise.all(open.map((site) => closeAt(c.plan.pair, site, c.claim, c.run.operation)));
  return open.filter((_, index) => !closed[index]);
}
