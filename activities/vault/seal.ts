import type { Artefact, Manifest, SealedPart } from '../../model/points.ts';
import { failure } from '../failure.ts';
import type { Documents } from './documents.ts';
import { type Place, shown } from './place.ts';
import { artefactOf, MANIFEST_FILE, sealedPoints } from './points.ts';
import type { Snapshots } from './snapshots.ts';
import { type createStore, jsonStream } from './store.ts';
import type { VaultWork } from './vault.ts';

export interface SealDependencies {
  readonly documents: Documents;
  readonly own: Place;
  readonly ownSnapshots: Snapshots;
  readonly store: ReturnType<typeof createStore>;
}

/**
 * Writes the manifest, after which the point exists. A point is sealed once: with the same artefacts again nothing happens,
 * with others it is refused. `Damaged` if an artefact it names is not in the vault.
 */
export async function sealPoint(
  work: VaultWork,
  use: SealDependencies,
  manifest: Manifest,
): Promise<readonly SealedPart[]> {
  const { documents, own } = use;
  const all = await use.ownSnapshots.list(work);
  const artefacts = manifest.artefacts.map((artefact) => {
    const snapshot = artefactOf(manifest, artefact, all);
    if (snapshot) return { ...artefact, snapshot: snapshot.id };
    throw failure(
      'Damaged',
      `${artefact.component} of ${manifest.id} is not in ${shown(own)} any more: back it up again.`,
    );
  });
  const point = all.filter((one) => one.label.point === manifest.id);
  const [sealed] = await sealedPoints(work, documents, own, manifest.pair, point);
  if (sealed) {
    const same =
      sealed.artefacts.length === artefacts.length &&
      artefacts.every((artefact) => sealed.artefacts.some((one) => one.id === artefact.snapshot));
    if (same) return parts(artefacts, sealed.seal.id);
    throw failure('Refused', `${manifest.id} is sealed in ${shown(own)} with other content: a point never changes.`);
  }
  const whole: Manifest = { ...manifest, artefacts };
  const label = { kind: 'manifest', pair: manifest.pair, site: manifest.site, point: manifest.id } as const;
  const stored = await use.store(work, {
    label,
    file: MANIFEST_FILE,
    what: `the manifest of ${manifest.id}`,
    ...jsonStream(whole),
  });
  await documents.made(stored.snapshot, whole);
  return parts(artefacts, stored.snapshot);
}

const parts = (artefacts: readonly Artefact[], manifest: string): readonly SealedPart[] => [
  ...artefacts.map(({ component, snapshot, bytes }) => ({ component, snapshot, bytes })),
  { component: null, snapshot: manifest, bytes: 0 },
];
