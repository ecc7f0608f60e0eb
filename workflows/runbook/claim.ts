import { ApplicationFailure } from '@temporalio/workflow';
import type { Ordinal } from '../../model/record.ts';
import { isRefusalType } from '../../model/refusal.ts';
import type { Grant, SiteView } from '../../model/site-activities.ts';
import { chooseNumber, claimAt, closeAt, holderGone } from '../claiming.ts';
import { stepFailure } from '../failures.ts';
import { atSoon, lookAt } from '../proxies.ts';
import { leaveClaim } from './blocked.ts';
import { type Context, type Next, nextRound, roundOf, standsBy } from './context.ts';
import { sourceCameBack } from './observe.ts';

/** Both sites, the source's first. What was observed is observed again under it: a changed fact lapses the approval. */
export const claimPresent = (c: Context): Promise<Next> => claim(c, [c.from, c.to]);

/** The target alone, with a new and higher number. */
export async function claimGone(c: Context): Promise<Next> {
  const claimed = await claim(c, [c.to]);
  const back = typeof claimed === 'object' ? undefined : await sourceCameBack(c);
  return back ? lapse(c, back) : claimed;
}

/** A number may be taken while it is chosen; the next one is tried so often. */
const TRIES = 3;

async function claim(c: Context, sites: readonly string[]): Promise<Next> {
  const observed = [c.fromView, c.toView].filter((view) => view !== undefined);
  const towards = c.toView?.record?.ordinal as Ordinal;
  let views = observed;
  for (let tried = 1; ; tried++) {
    if (roundOf(c, 'claim') > 0) views = [...observed, ...(await Promise.all(sites.map((site) => look(c, site))))];
    try {
      return await claimAll(c, sites, chooseNumber(views, towards, c.claim));
    } catch (error) {
      if (stepFailure(error).type !== 'NumberTooLow' || tried === TRIES) throw error;
      nextRound(c, 'claim');
    }
  }
}

const look = (c: Context, site: string): Promise<SiteView> =>
  lookAt(c.plan.pair, site, `Look who holds ${site}`).observe({ pair: c.plan.pair, deep: false });

async function claimAll(c: Context, sites: readonly string[], number: number): Promise<Next> {
  const towards = c.toView?.record?.ordinal as Ordinal;
  // A site that did not answer may have granted the number of the last try, and is not among those that grant this one.
  if (number !== c.claim) leaveClaim(c);
  c.claim = number;
  for (const site of sites) {
    // Before it is known to be granted: whatever comes, it is closed again.
    c.claimedAt.add(site);
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
      if (site === c.from) c.peer = grant.evidence;
      const changed = changedFact(c, site, grant);
      if (changed) return await lapse(c, changed);
    } catch (error) {
      await letGo(c, site, stepFailure(error).type);
      throw await explained(c, site, error);
    }
  }
  // What a person answered held for this claim only.
  delete c.takeover;
  delete c.tasks;
  const late = c.startApprovedAt !== undefined && Date.now() - c.startApprovedAt > c.plan.approvals.validFor;
  if (late && standsBy(c)) return await lapse(c, 'the approval to start was not used in time');
  delete c.startApprovedAt;
  c.run.update({ claim: number });
  c.run.tell({ step: 'claim', claim: number });
  return `claim ${number} at ${sites.join(' and ')}`;
}

/** Who cannot get the second closes the first. A site that did not refuse may have granted: its claim is closed later. */
async function letGo(c: Context, site: string, type: string): Promise<void> {
  c.claimedAt.delete(site);
  const unclosed = await closeAll(c);
  if (type === 'NoAnswer' || type === 'Unavailable') c.claimedAt.add(site);
  else if (!isRefusalType(type)) c.left.add(c.claim);
  if (unclosed.length > 0) c.left.add(c.claim);
}

/** A site that is held by a run which is gone may be taken over, by a named person. */
async function explained(c: Context, site: string, error: unknown): Promise<unknown> {
  const { type, says } = stepFailure(error);
  if (type !== 'Busy') return error;
  const view = await look(c, site);
  if (!(await holderGone(view))) return error;
  c.holder = view.record?.claim.operation ?? '';
  return ApplicationFailure.nonRetryable(
    `${says}, and that run is gone. Approve to take the site over in your name`,
    'HolderGone',
  );
}

/** The grant carries the record as read under the claim. */
function changedFact(c: Context, site: string, { record }: Grant): string | undefined {
  const before = (site === c.from ? c.fromView : c.toView)?.record;
  if (record.role !== before?.role) return `${site} is ${record.role} now, and was ${before?.role}`;
  if (record.epoch !== before.epoch) return `the epoch of ${site} is ${record.epoch} now, and was ${before.epoch}`;
  const gone = c.source === 'gone' && JSON.stringify(record.content) !== JSON.stringify(before.content);
  return gone ? `${site} holds ${record.content?.point} (${record.content?.state}) now` : undefined;
}

export async function lapse(c: Context, why: string): Promise<Next> {
  if ((await closeAll(c)).length > 0) c.left.add(c.claim);
  delete c.startApprovedAt;
  c.notes.push(`what was approved has changed: ${why}`);
  return { goto: 'observe', why };
}

/** Gives back what was claimed. Returns the sites that did not answer. */
export async function closeAll(c: Context): Promise<readonly string[]> {
  const open = [...c.claimedAt];
  const closed = await Promise.all(open.map((site) => closeAt(c.plan.pair, site, c.claim, c.run.operation)));
  c.claimedAt.clear();
  return open.filter((_, index) => !closed[index]);
}

/**
 * The source was given up and goes on being the active site: what this run still has open anywhere would keep every sync
 * from it. A site may not answer, and is not waited for; then a sync closes it.
 */
export async function closeLeft(c: Context): Promise<void> {
  const { run, plan, from, to } = c;
  for (const claim of c.left)
    for (const site of [from, to]) {
      if (await closeAt(plan.pair, site, claim, run.operation, atSoon)) continue;
      c.notes.push(`claim ${claim} may still be open at ${site}: the next sync that both sites answer closes it`);
    }
  c.left.clear();
}
