import { comparePoints, type Manifest } from '../../model/points.ts';
import type { Documents } from './documents.ts';
import type { Place } from './place.ts';
import { means, type Snapshot } from './snapshots.ts';
import type { VaultWork } from './vault.ts';

export const MANIFEST_FILE = 'manifest.json';

/** A sealed point as one vault holds it. */
export interface SealedPoint {
  readonly manifest: Manifest;
  readonly seal: Snapshot;
  /** In the order of the manifest's artefacts. */
  readonly artefacts: readonly Snapshot[];
}

/**
 * The points among a vault's snapshots: those with a whole manifest whose artefacts are all there. Their manifests name the
 * snapshot ids of this vault. Ascending by (epoch, sequence).
 */
export async function sealedPoints(
  work: VaultWork,
  documents: Documents,
  at: Place,
  pair: string,
  snapshots: readonly Snapshot[],
): Promise<readonly SealedPoint[]> {
  const found = new Map<string, SealedPoint>();
  for (const seal of snapshots) {
    const { kind, point } = seal.label;
    if (kind !== 'manifest' || seal.label.pair !== pair || point === undefined) continue;
    const sealed = resolvePoint(await documents.read(work, at, seal, MANIFEST_FILE), seal, snapshots);
    // Oldest first, so the last one written counts.
    if (sealed) found.set(point, sealed);
  }
  return [...found.values()].sort((a, b) => comparePoints(a.manifest, b.manifest));
}

/** The snapshots that a manifest names, or undefined unless all of them are here. */
export function resolvePoint(
  document: unknown,
  seal: Snapshot,
  snapshots: readonly Snapshot[],
): SealedPoint | undefined {
  const manifest = asManifest(document);
  if (manifest === undefined || manifest.id !== seal.label.point || manifest.pair !== seal.label.pair) return undefined;
  const artefacts = manifest.artefacts.map((artefact) => artefactOf(manifest, artefact, snapshots));
  if (!artefacts.every((snapshot) => snapshot !== undefined)) return undefined;
  const here = manifest.artefacts.map((artefact, i) => ({ ...artefact, snapshot: artefacts[i]?.id ?? '' }));
  return { manifest: { ...manifest, artefacts: here }, seal, artefacts };
}

/** The snapshot that an artefact names, here: itself or the copy of it. */
export const artefactOf = (
  manifest: Pick<Manifest, 'id' | 'pair'>,
  artefact: { readonly component: string; readonly snapshot: string },
  snapshots: readonly Snapshot[],
): Snapshot | undefined =>
  snapshots.find(
    (one) =>
      one.label.kind === 'artefact' &&
      one.label.pair === manifest.pair &&
      one.label.point === manifest.id &&
      one.label.component === artefact.component &&
      means(one, artefact.snapshot),
  );

/** We wrote it, so its shape is not doubted, but a newer format is not guessed at. */
function asManifest(document: unknown): Manifest | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const manifest = document as Manifest;
  return manifest.format === 1 && Array.isArray(manifest.artefacts) && typeof manifest.id === 'string'
    ? manifest
    : undefined;
}
