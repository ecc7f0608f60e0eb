import { getsRoleBack } from '../../model/claims.ts';
import { acceptReceipt, issueReceipt } from '../../model/freeze.ts';
import type { Projection } from '../../model/inventory.ts';
import type { Receipt } from '../../model/receipt.ts';
import { evidence } from '../../model/record.ts';
import { isRefusal, type SiteState } from '../../model/refusal.ts';
import { beginDemotion, beginPromotion, finishDemotion, finishPromotion, inherit } from '../../model/roles.ts';
import type { ReceiptSummary, SiteActivities } from '../../model/site-activities.ts';
import { failure } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import { assertFrozen, compareWithPoint, manifestOf } from './cycle.ts';
import { applyFence, fenceSelf, lowerFences, says } from './fencing.ts';
import { countItems } from './freezing.ts';
import { publishMirror } from './mirror.ts';
import { digestOf, projectionDigest, type Site } from './site.ts';

type Changeover = Pick<
  SiteActivities,
  'stage' | 'issueReceipt' | 'acceptReceipt' | 'demote' | 'publish' | 'fence' | 'promote' | 'activate'
>;

/** Milliseconds for what only informs, while nobody serves. */
const INFORMS = 5_000;

/** The steps that move the active role, at the site that gives it up and at the one that takes it. */
export function changeover(site: Site): Changeover {
  return {
    stage: ({ order }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const notes: string[] = [];
          for (const [name] of site.entries()) {
            const component = await site.assertIdentity(session.state().record, name);
            notes.push(
              ...(await component.stage(site.work(session, order, name, 'stage', inner))).map(
                (note) => `${name}: ${note}`,
              ),
            );
          }
          return { notes };
        }),
      ),

    issueReceipt: ({ order, point }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const { facts } = session.state();
          const manifest = await manifestOf(site, inner, point);
          const read = await readFrozen(site, inner);
          const differs = manifest.artefacts.find(
            (each) => projectionDigest(each.inventory) !== read.projections[each.component],
          );
          if (differs) {
            throw failure(
              'InventoryChanged',
              `${differs.component} no longer holds what ${point} does: the final sync is done again`,
            );
          }
          if (digestOf(read.started) !== digestOf(facts.freeze?.started)) {
            throw failure(
              'FreezeBroken',
              `an application of ${site.site} started anew since it was frozen: back to the freeze`,
            );
          }
          const receipt: Receipt = {
            claim: order.claim,
            operation: order.operation,
            point,
            projections: read.projections,
            started: read.started,
            enabled: facts.pending ?? {},
            givenUp: facts.givenUp,
          };
          await session.apply(issueReceipt(session.state(), order, receipt));
          return summary(receipt);
        }),
      ),

    acceptReceipt: ({ order, receipt }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const manifest = await manifestOf(site, inner, receipt.point);
          const same = manifest.artefacts.every(
            (each) => projectionDigest(each.inventory) === receipt.projections[each.component],
          );
          if (!same || digestOf(manifest.enabled) !== receipt.enabled.digest) {
            throw failure(
              'NoReceipt',
              `the receipt is not of what ${receipt.point} holds: the final sync has to be done again`,
            );
          }
          const result = await compareWithPoint(site, manifest, inner);
          if (result.mismatches.length > 0) {
            throw failure(
              'NotProven',
              `${site.site} does not hold what the receipt says: ${result.mismatches.slice(0, 5).join('; ')}`,
            );
          }
          const givenUp = manifest.givenUp ?? [];
          await session.apply(
            acceptReceipt(session.state(), order, { ...receipt, enabled: manifest.enabled, givenUp }),
          );
          return result;
        }),
      ),

    demote: ({ order, point }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const before = session.state();
          // Begun before, or done before and only its answer was lost: the fence is read back all the same.
          const { role, content } = before.record;
          let late: readonly string[];
          if (role !== 'demoting' && !(role === 'standby' && content?.state === 'own')) {
            assertFrozen(site, session, order);
            late = await acceptedSince(site, inner.signal);
            assertNoneLate(site, late);
            const read = await readFrozen(site, inner);
            const { receipt } = before.facts;
            await session.apply(
              beginDemotion(before, order, {
                inventorySame: receipt !== null && digestOf(read.projections) === digestOf(receipt.projections),
                startSame: receipt !== null && digestOf(read.started) === digestOf(receipt.started),
                ...(point ? { point } : {}),
              }),
            );
          } else {
            // An earlier attempt may have died before it could name them. They only inform: not waited for long.
            const signal = AbortSignal.any([inner.signal, AbortSignal.timeout(INFORMS)]);
            late = await acceptedSince(site, signal).catch(() => []);
          }
          const verdict = await fenceSelf(site, session, order, inner);
          await session.apply(finishDemotion(session.state(), order, verdict));
          return { verdict, evidence: evidence(session.state().record), late };
        }),
      ),

    publish: ({ order }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (_session, inner) => void (await publishMirror(site, inner.signal))),
      ),

    fence: ({ order, name }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const fence = site.fences.find((each) => each.name === name);
          if (!fence) throw failure('InvalidInput', `${site.site} has no fence "${name}" that runs at the site`);
          return says(await applyFence(session, fence, inner));
        }),
      ),

    promote: ({ order, peer, verdict, chosenPoint, configDigest }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const { record } = session.state();
          // Past the point of no return already, by this run or by one that is gone: nothing is left to permit.
          const by = record.role === 'active' && record.epoch === order.claim;
          if (record.role === 'promoting' || by) {
            // A worker that died between record and journal left an own freeze in the facts: it ended with the promotion.
            const { facts } = session.state();
            if (record.role === 'promoting' && (facts.freeze || facts.receipt)) {
              await session.apply({ record, facts: { ...facts, freeze: null, receipt: null } });
            }
            return evidence(record);
          }
          if (configDigest !== site.configDigest) {
            throw failure(
              'ConfigChanged',
              `the worker of ${site.site} has another configuration than this run was planned with. Answer replan, or restart the worker with the former one`,
            );
          }
          // A source whose demotion ended under this claim is given its role back.
          if (record.role === 'standby') await lowerFences(site, session, inner);
          let applicationTasks = 0;
          for (const [name] of site.entries()) {
            const component = await site.assertIdentity(record, name);
            applicationTasks += (await component.observe(inner.signal)).tasks.length;
          }
          const held = record.content?.point;
          const given = {
            ...(peer ? { peer } : {}),
            ...(verdict ? { verdict } : {}),
            ...(chosenPoint ? { chosenPoint } : {}),
          };
          // Without a receipt for it (gone form) the point's manifest says what was enabled.
          if (held && record.role === 'standby' && needsManifest(session.state())) {
            await session.apply(inherit(session.state(), order, held, await manifestOf(site, inner, held)));
          }
          const ruling = beginPromotion(session.state(), order, {
            ...given,
            peerSite: site.peerSite,
            applicationTasks,
          });
          // Before the promotion: a worker that dies right after it has nothing left to do here.
          if (held && !isRefusal(ruling)) await session.append({ kind: 'tip', point: held });
          await session.apply(ruling);
          return evidence(session.state().record);
        }),
      ),

    activate: ({ order }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const notes: string[] = [];
          await lowerFences(site, session, inner);
          // What waits at a site that has its role already, or gets it back, was accepted by it.
          const { record } = session.state();
          const backlog = record.role === 'active' || getsRoleBack(record) ? 'keep' : 'cancel';
          for (const [name] of site.entries()) {
            const component = await site.assertIdentity(session.state().record, name);
            const work = site.work(session, order, name, 'activate', inner);
            notes.push(...(await component.start(work, { backlog })).map((note) => `${name}: ${note}`));
            const { health } = await component.observe(inner.signal);
            if (!health.healthy) throw failure('NotYet', `${name} at ${site.site} does not serve yet: ${health.says}`);
          }
          await site.frontDoor?.open(inner.signal);
          await session.apply(finishPromotion(session.state(), order, true));
          return { notes, evidence: evidence(session.state().record) };
        }),
      ),
  };
}

/** Whether what is pending here is known to belong to what the site holds. */
const needsManifest = ({ record, facts }: SiteState): boolean => {
  const ofItsFreeze = record.content?.state === 'own' && facts.pendingPoint === undefined && facts.pending !== null;
  return facts.pendingPoint !== record.content?.point && !ofItsFreeze;
};

/** Titles of the jobs that were accepted since the site was drained: it had none then. */
async function acceptedSince(site: Site, signal: AbortSignal): Promise<readonly string[]> {
  const late: string[] = [];
  for (const [name, component] of site.entries()) {
    const { running, queued } = await component.drain(signal);
    late.push(...[...running, ...queued].map(({ title }) => `${name}: ${title}`));
  }
  return late;
}

/**
 * Errors: `FreezeBroken` where clients are shut out: something went past the front door, and is drained too. Where they
 * cannot be shut out that was said before, and the jobs are named.
 */
function assertNoneLate({ site, frontDoor }: Site, late: readonly string[]): void {
  if (late.length === 0 || !frontDoor) return;
  throw failure(
    'FreezeBroken',
    `${site} accepted ${late.length} jobs since it was drained, past its closed front door: ${late.slice(0, 5).join('; ')}`,
  );
}

/** What the frozen site holds and since when its applications run, read by the same code for receipt and demote. */
async function readFrozen(
  site: Site,
  io: Io,
): Promise<{ projections: Record<string, string>; started: Record<string, string> }> {
  const projections: Record<string, string> = {};
  const started: Record<string, string> = {};
  for (const [name, component] of site.entries()) {
    projections[name] = projectionDigest((await component.inventory(io.signal)) as Projection);
    started[name] = (await component.observe(io.signal)).started;
  }
  return { projections, started };
}

const summary = (receipt: Receipt): ReceiptSummary => ({
  claim: receipt.claim,
  operation: receipt.operation,
  point: receipt.point,
  projections: receipt.projections,
  started: receipt.started,
  enabled: { digest: digestOf(receipt.enabled), items: countItems(receipt.enabled) },
  givenUp: receipt.givenUp.length,
});
