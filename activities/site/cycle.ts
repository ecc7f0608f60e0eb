import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beginBackup, beginWriting, finishWriting, proveContent } from '../../model/content.ts';
import type { EnabledSet } from '../../model/facts.ts';
import { type Comparison, compare, type Projection } from '../../model/inventory.ts';
import { pointId } from '../../model/names.ts';
import { type Artefact, chainOf, type Manifest, type PointSummary, prunable } from '../../model/points.ts';
import type { Order } from '../../model/record.ts';
import type { ProofResult, SiteActivities } from '../../model/site-activities.ts';
import { readIfThere, replaceFile } from '../durable-files.ts';
import { failure } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import { settleTasks } from './claiming.ts';
import { lowerFences } from './fencing.ts';
import { heldPoint, keepHeldPoint } from './held-point.ts';
import { projectionDigest, type Site } from './site.ts';
import type { Session } from './store.ts';

type Cycle = Pick<SiteActivities, 'backup' | 'seal' | 'pull' | 'verify' | 'restore' | 'prove' | 'prune' | 'clean'>;

/** One cycle at its two sites: backup and seal at the active; pull, verify, restore, prove at the standby; prune at both. */
export function cycle(site: Site): Cycle {
  return {
    backup: ({ order, component: name, purpose }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          if (purpose === 'final') assertFrozen(site, session, order);
          const point = await openPoint(site, session, order, inner);
          const component = await site.assertIdentity(session.state().record, name);
          const work = site.work(session, order, name, point, inner);
          const before = await component.inventory(inner.signal);
          const { version } = await component.observe(inner.signal);
          const backup = await component.backup(work);
          const stored = await site.vault.store(inner, {
            point,
            component: name,
            file: backup.file,
            stream: backup.stream,
            ...(backup.bytes === undefined ? {} : { bytes: backup.bytes }),
            ...(backup.format === undefined ? {} : { format: backup.format }),
          });
          await backup.finish();
          const after = await component.inventory(inner.signal);
          const moving = changed(before, after);
          if (purpose === 'final' && moving.length > 0) {
            throw failure(
              'InventoryChanged',
              `${name} changed while it was frozen: ${moving.slice(0, 5).join(', ')}. The final sync is done again`,
            );
          }
          // Where the stream itself told what it held, a restore has to bring back exactly that.
          const held = backup.inventory?.();
          const artefact: Artefact = {
            component: name,
            kind: component.kind,
            file: backup.file,
            version,
            inventory: held ?? after,
            moving: held ? [] : moving,
            ...stored,
          };
          await keepArtefact(site, point, artefact);
          return {
            point,
            component: name,
            moving: moving.length,
            bytes: stored.bytes,
            stored: stored.stored,
            sha256: stored.sha256,
            ...(stored.plain === undefined ? {} : { plain: stored.plain }),
          };
        }),
      ),

    seal: ({ order, purpose, startedAt }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const { record, facts } = session.state();
          const open = facts.openPoint;
          if (open?.claim !== order.claim) {
            // Sealed before, and only the answer was lost.
            const sealed = (await site.vault.manifests(inner)).find(({ id }) => id === facts.lastPoint);
            if (sealed?.claim !== order.claim || sealed.site !== site.site)
              throw failure('NotProven', `nothing was backed up at ${site.site} under claim ${order.claim}`);
            await cleanAll(site, session, order, inner);
            return summary(sealed, 'stored');
          }
          const artefacts = await keptArtefacts(site, open.point);
          const missing = site.entries().find(([name]) => !artefacts.some((artefact) => artefact.component === name));
          if (missing) throw failure('NotProven', `${missing[0]} is not part of ${open.point} yet`);
          const manifest: Manifest = {
            format: 1,
            id: open.point,
            pair: site.pair,
            site: site.site,
            epoch: record.epoch,
            sequence: record.sequence,
            parent: facts.lastPoint,
            claim: order.claim,
            purpose,
            startedAt,
            finishedAt: site.now(),
            artefacts,
            enabled: await enabledSet(site, facts.pending, inner),
            config: site.configDigest,
            ...(facts.givenUp.length > 0 ? { givenUp: facts.givenUp } : {}),
          };
          const parts = await site.vault.seal(inner, manifest);
          await session.append({ kind: 'tip', point: open.point }, { kind: 'open-point', open: null });
          await cleanAll(site, session, order, inner);
          await rm(artefactFolder(site), { recursive: true, force: true });
          return { ...summary(manifest, 'stored'), parts };
        }),
      ),

    pull: ({ order, point, parts }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (_session, inner) =>
          summary(await site.vault.pull(inner, point, parts), 'stored'),
        ),
      ),

    verify: ({ order, point }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          await site.vault.verify(inner, await manifestOf(site, inner, point));
          await session.append({ kind: 'point', point, state: 'intact' });
        }),
      ),

    restore: ({ order, point, component: name }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const manifest = await manifestOf(site, inner, point);
          const artefact = manifest.artefacts.find((each) => each.component === name);
          if (!artefact) throw failure('Damaged', `${point} holds nothing of ${name}`);
          const component = await site.assertIdentity(session.state().record, name);
          const work = site.work(session, order, name, point, inner);
          const { role } = session.state().record;
          if (role !== 'standby') throw failure('WrongRole', `${site.site} is ${role}: nothing is restored into it`);
          await lowerFences(site, session, inner);
          await component.quiet(work);
          if (!adopts(session, order, point, name)) {
            // What an earlier round of this claim posted runs on by itself: it ends before anything else is written.
            if (session.state().facts.tasks.length > 0) await settleTasks(site, session, inner, 'wait');
            const intact = session.state().facts.intact.includes(point);
            await session.apply(beginWriting(session.state(), order, point, intact));
          }
          // It may have been waited for a long time.
          await site.assertIdentity(session.state().record, name);
          await component.restore(site.work(session, order, name, point, inner), {
            stream: () => site.vault.dump(inner, manifest, name),
            file: artefact.file,
            bytes: artefact.bytes,
          });
          const notes: string[] = [];
          if (component.removeExtras && site.deletions[name] === 'remove') {
            await site.assertIdentity(session.state().record, name);
            const { removed, listed } = await component.removeExtras(work, artefact.inventory);
            notes.push(`removed ${removed.length}, left ${listed.length} that the active does not have`);
          }
          await component.clean(work);
          return { notes };
        }),
      ),

    prove: ({ order, point }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          await session.apply(finishWriting(session.state(), order, point));
          const manifest = await manifestOf(site, inner, point);
          const result = await compareWithPoint(site, manifest, inner);
          if (result.mismatches.length === 0) {
            await keepHeldPoint(site, manifest);
            await session.apply(proveContent(session.state(), order, point));
            await session.append({ kind: 'point', point, state: 'proven' });
          }
          return result;
        }),
      ),

    prune: ({ order, tip, keep }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (session, inner) => {
          const points = await pointsOf(site, session.state().facts, inner);
          const { content } = session.state().record;
          const pinned = new Set([tip, ...(content?.point ? [content.point] : [])]);
          const { removed } = await site.vault.forget(inner, prunable(points, chainOf(points, tip), keep, pinned));
          if (removed.length > 0) await session.append({ kind: 'points-removed', points: removed });
          return { removed: removed.length };
        }),
      ),

    clean: ({ order }) =>
      withHeartbeat((io) => site.command(order, io, (session, inner) => cleanAll(site, session, order, inner))),
  };
}

/** The final sync counts on the freeze: what is backed up after it broke would not be the last word of the source. */
export function assertFrozen(site: Site, session: Session, order: Order): void {
  const { freeze } = session.state().facts;
  if (freeze?.phase !== 'frozen' || freeze.claim !== order.claim)
    throw failure('FreezeBroken', `${site.site} is not frozen any more under claim ${order.claim}: back to the freeze`);
}

/** The point that this round's backups belong to: the sequence is raised before the first of them. */
async function openPoint(site: Site, session: Session, order: Order, io: Io): Promise<string> {
  const open = session.state().facts.openPoint;
  if (open?.claim === order.claim && open.round === order.round) return open.point;
  // It was sealed, and whoever did it died before it was noted: what comes next follows it, or no rule would ever remove it.
  if (open && (await site.vault.manifests(io)).some(({ id }) => id === open.point))
    await session.append({ kind: 'tip', point: open.point });
  const { record } = await session.apply(beginBackup(session.state(), order));
  const point = pointId(record.epoch, record.sequence);
  await rm(artefactFolder(site), { recursive: true, force: true });
  await session.append({ kind: 'open-point', open: { claim: order.claim, round: order.round, point } });
  return point;
}

/** An earlier attempt under this claim already posted this restore: it is adopted, not written anew. */
function adopts(session: Session, order: Order, point: string, component: string): boolean {
  const { record, facts } = session.state();
  const mine = facts.tasks.filter(
    (task) => task.claim === order.claim && task.point === point && task.component === component,
  );
  return (
    mine.length > 0 &&
    mine.length === facts.tasks.length &&
    record.content?.state === 'writing' &&
    record.content.point === point
  );
}

/** Inventories are large: they wait at the site for the manifest, not in a history. */
const artefactFolder = (site: Site): string => join(site.store.folder, 'artefacts');

async function keepArtefact(site: Site, point: string, artefact: Artefact): Promise<void> {
  await mkdir(artefactFolder(site), { recursive: true, mode: 0o700 });
  await replaceFile(join(artefactFolder(site), `${point}.${artefact.component}.json`), JSON.stringify(artefact));
}

async function keptArtefacts(site: Site, point: string): Promise<readonly Artefact[]> {
  const names = (await readdir(artefactFolder(site)).catch(() => [])).filter(
    (name) => name.startsWith(`${point}.`) && name.endsWith('.json'),
  );
  const texts = names.map((name) => readIfThere(join(artefactFolder(site), name)));
  return texts.filter((text) => text !== null).map((text) => JSON.parse(text) as Artefact);
}

export async function manifestOf(site: Site, io: Io, point: string): Promise<Manifest> {
  const manifests = await site.vault.manifests(io).catch((error: unknown) => {
    io.signal.throwIfAborted();
    const held = heldPoint(site);
    if (held?.id !== point) throw error;
    return [held];
  });
  const manifest = manifests.find((each) => each.id === point);
  if (manifest) return manifest;
  throw failure(
    'Damaged',
    `the vault of ${site.site} has no recovery point ${point}. See which it has with: understudy points`,
  );
}

export async function pointsOf(
  site: Site,
  facts: { readonly intact: readonly string[]; readonly proven: readonly string[] },
  io: Io,
): Promise<readonly PointSummary[]> {
  const manifests = await site.vault.manifests(io);
  return manifests.map((manifest) =>
    summary(
      manifest,
      facts.proven.includes(manifest.id) ? 'proven' : facts.intact.includes(manifest.id) ? 'intact' : 'stored',
    ),
  );
}

export function summary(manifest: Manifest, state: PointSummary['state']): PointSummary {
  const { id, site, epoch, sequence, parent, startedAt, finishedAt, purpose } = manifest;
  const bytes = manifest.artefacts.reduce((sum, artefact) => sum + artefact.bytes, 0);
  return { id, site, epoch, sequence, parent, startedAt, finishedAt, purpose, bytes, state };
}

/** What is pending, and of every other component what is enabled now. */
async function enabledSet(site: Site, pending: EnabledSet | null, io: Io): Promise<EnabledSet> {
  const sets = await Promise.all(
    site
      .entries()
      .map(async ([name, component]) => [name, pending?.[name] ?? (await component.enabled(io.signal))] as const),
  );
  return { ...pending, ...Object.fromEntries(sets) };
}

async function cleanAll(site: Site, session: Session, order: Order, io: Io): Promise<void> {
  for (const [name] of site.entries()) {
    const component = await site.assertIdentity(session.state().record, name);
    await component.clean(site.work(session, order, name, 'none', io));
  }
}

/** What this site holds now, against what the point says its source held. */
export async function compareWithPoint(site: Site, manifest: Manifest, io: Io): Promise<ProofResult> {
  const expected: Record<string, number> = {};
  const mismatches: string[] = [];
  let equal = 0;
  let extras = 0;
  for (const artefact of manifest.artefacts) {
    const component = site.components[artefact.component];
    if (!component)
      throw failure(
        'InvalidInput',
        `the configuration has no component "${artefact.component}", which ${manifest.id} holds`,
      );
    const found: Comparison = compare(artefact.inventory, await component.inventory(io.signal), component.expected);
    equal += found.equal;
    extras += found.expected.filter((item) => item.difference === 'extra').length;
    for (const item of found.expected) expected[item.rule ?? ''] = (expected[item.rule ?? ''] ?? 0) + 1;
    for (const item of found.mismatches) {
      const name = `${item.kind}/${item.name}`;
      if (artefact.moving.includes(name))
        expected['changed-during-backup'] = (expected['changed-during-backup'] ?? 0) + 1;
      else if (mismatches.length < 20) mismatches.push(`${artefact.component}: ${name} ${item.difference}`);
    }
  }
  return { point: manifest.id, equal, expected, extras, mismatches };
}

/** `kind/name` of what differs between two readings at the same site. */
function changed(before: Projection, after: Projection): readonly string[] {
  if (projectionDigest(before) === projectionDigest(after)) return [];
  return compare(before, after, []).mismatches.map((item) => `${item.kind}/${item.name}`);
}
