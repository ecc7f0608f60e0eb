import type { Documents } from './documents.ts';
import { type Place, shown } from './place.ts';
import { MANIFEST_FILE, sealedPoints } from './points.ts';
import type { Restic } from './restic.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';
import type { VaultWork } from './vault.ts';

const DAY = 86_400_000;
/** Ids on one command line: Windows allows 32,767 characters. */
const MOST_IDS = 400;

export interface ForgetDependencies {
  readonly restic: Restic;
  readonly documents: Documents;
  readonly pair: string;
  readonly own: Place;
  readonly ownSnapshots: Snapshots;
}

/**
 * Removes points, artefacts that no manifest names and that are older than a day, and all mirrors but the newest; then the
 * data that nothing needs any more. Snapshots that are not ours stay. Manifests go first: a removal that is killed half-way
 * leaves artefacts without a manifest, which the next one takes.
 */
export async function forgetPoints(
  work: VaultWork,
  use: ForgetDependencies,
  points: readonly string[],
  now: number,
): Promise<{ readonly removed: readonly string[] }> {
  const { own, pair } = use;
  const ours = (await use.ownSnapshots.list(work)).filter((one) => one.label.pair === pair);
  const named = new Set(points);
  const wanted = ours.filter((one) => one.label.point !== undefined && named.has(one.label.point));
  const seals = wanted.filter((one) => one.label.kind === 'manifest');
  const rest = wanted.filter((one) => one.label.kind !== 'manifest');
  const leftovers = [...(await unsealed(work, use, ours, named, now)), ...oldMirrors(ours, own.site)];

  await remove(work, use, seals, rest.length + leftovers.length === 0);
  await remove(work, use, [...rest, ...leftovers], true);
  await use.documents.tidy(new Set(ours.map((one) => one.origin)));
  return { removed: points.filter((point) => wanted.some((one) => one.label.point === point)) };
}

/** What no whole manifest names. A point whose manifest is there but not understood, or incomplete, is left to people. */
async function unsealed(
  work: VaultWork,
  { documents, pair, own }: ForgetDependencies,
  ours: readonly Snapshot[],
  named: ReadonlySet<string>,
  now: number,
): Promise<readonly Snapshot[]> {
  const sealed = await sealedPoints(work, documents, own, pair, ours);
  const held = new Set(sealed.flatMap((point) => [point.seal.id, ...point.artefacts.map((one) => one.id)]));
  const whole = new Set(sealed.map((point) => point.manifest.id));
  const unclear = new Set<string>();
  for (const seal of ours) {
    const { kind, point } = seal.label;
    if (kind !== 'manifest' || point === undefined || whole.has(point)) continue;
    if ((await documents.read(work, own, seal, MANIFEST_FILE)) !== undefined) unclear.add(point);
  }
  return ours.filter(
    ({ id, time, label: { kind, point } }) =>
      (kind === 'artefact' || kind === 'manifest') &&
      point !== undefined &&
      !named.has(point) &&
      !unclear.has(point) &&
      !held.has(id) &&
      now - Date.parse(time) > DAY,
  );
}

/** Mirrors of this site but the newest three: the newest may be truncated. */
function oldMirrors(ours: readonly Snapshot[], site: string): readonly Snapshot[] {
  return ours
    .filter((one) => one.label.kind === 'mirror' && one.label.site === site)
    .sort((a, b) => (b.label.number ?? 0) - (a.label.number ?? 0))
    .slice(KEPT_MIRRORS);
}
const KEPT_MIRRORS = 3;

async function remove(
  work: VaultWork,
  { restic, own }: ForgetDependencies,
  snapshots: readonly Snapshot[],
  prune: boolean,
): Promise<void> {
  for (let from = 0; from < snapshots.length; from += MOST_IDS) {
    const ids = snapshots.slice(from, from + MOST_IDS).map((one) => one.id);
    const last = from + MOST_IDS >= snapshots.length;
    await restic.run(work, {
      at: own,
      args: ['forget', ...(prune && last ? ['--prune'] : []), ...ids],
      doing: `remove what is no longer needed from ${shown(own)}`,
      patient: true,
    });
  }
}
