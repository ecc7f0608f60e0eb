import type { Secret, VaultConfig } from '../../model/config.ts';
import type { Artefact, Manifest } from '../../model/points.ts';
import { failure } from '../failure.ts';
import type { Children } from '../run/children.ts';
import { checkVaults } from './check.ts';
import { createRepository } from './create.ts';
import { createDocuments } from './documents.ts';
import { type DumpInput, openDump, readThrough } from './dump.ts';
import { forgetPoints } from './forget.ts';
import { newestMirror, storeMirror } from './mirror.ts';
import { openPackage, verifyPackage } from './pieces/fetch.ts';
import { storePackage } from './pieces/store.ts';
import { ownPlace, peerPlace, pieceFolder, shown } from './place.ts';
import { artefactOf, sealedPoints } from './points.ts';
import { pullPoint } from './pull.ts';
import { createRestic } from './restic.ts';
import { sealPoint } from './seal.ts';
import { createSnapshots } from './snapshots.ts';
import { createStore, type StoreInput } from './store.ts';
import type { Vault, VaultWork } from './vault.ts';

export interface ResticVaultDependencies {
  /** Path of the program, 0.14 or newer. */
  readonly restic: string;
  readonly pair: string;
  readonly site: string;
  readonly config: VaultConfig;
  readonly peerSite: string;
  readonly peer: VaultConfig;
  resolve(secret: Secret): Promise<string>;
  /** A folder of this site alone. It may be lost: then everything is read from the vaults again. */
  readonly cacheFolder: string;
  /** Where a mere look keeps what it reads, so that it leaves nothing behind; without it, in `cacheFolder`. */
  readonly scratch?: string;
  readonly children: Children;
  /** Milliseconds; only tells which leftovers are older than a day. */
  now?(): number;
}

/** Recovery points in a restic repository. Failures: `Unavailable` and `Damaged`, `NoSpace`, `Refused`, `InvalidInput`. */
export function createResticVault(dependencies: ResticVaultDependencies): Vault {
  const { pair, site, cacheFolder } = dependencies;
  const own = ownPlace(site, dependencies.config);
  const peer = peerPlace(dependencies.peerSite, dependencies.peer);
  const kept = dependencies.scratch ?? cacheFolder;
  const restic = createRestic({
    program: dependencies.restic,
    cacheFolder: kept,
    children: dependencies.children,
    resolve: (secret) => dependencies.resolve(secret),
  });
  const documents = createDocuments(restic, kept);
  const ownSnapshots = createSnapshots(restic, own);
  const peerSnapshots = createSnapshots(restic, peer);
  const store = createStore(restic, own, ownSnapshots);
  const use = { restic, pair, own, peer, documents, ownSnapshots, peerSnapshots, store, cacheFolder };

  const inPieces = (component: string) => ({ ...use, folder: pieceFolder(cacheFolder, component) });

  /** Where an artefact is in this vault, also when the manifest was read from another one. */
  const located = async (work: VaultWork, manifest: Manifest, artefact: Artefact): Promise<DumpInput> => {
    const what = `${artefact.component} of ${manifest.id}`;
    const snapshot = artefactOf(manifest, artefact, await ownSnapshots.list(work));
    if (snapshot === undefined)
      throw failure('Damaged', `${what} is not in ${shown(own)}. Use another recovery point.`);
    return { snapshot: snapshot.id, file: artefact.file, bytes: artefact.bytes, sha256: artefact.sha256, what };
  };

  return {
    create: (work) => createRepository(work, use),

    store(work, { point, component, file, stream, bytes, format }) {
      const stored: StoreInput = {
        label: { kind: 'artefact', pair, site, point, component },
        file,
        stream,
        what: `${component} of ${point}`,
        ...(bytes === undefined ? {} : { bytes }),
      };
      return format === 'zip' ? storePackage(work, inPieces(component), stored) : store(work, stored);
    },
    seal: (work, manifest) => sealPoint(work, use, manifest),
    async manifests(work) {
      const points = await sealedPoints(work, documents, own, pair, await ownSnapshots.list(work));
      return points.map((point) => point.manifest);
    },

    pull: (work, point, parts) => pullPoint(work, use, point, parts),
    async dump(work, manifest, component) {
      const artefact = manifest.artefacts.find((one) => one.component === component);
      if (artefact === undefined) throw failure('InvalidInput', `${manifest.id} has no component "${component}".`);
      const input = await located(work, manifest, artefact);
      return artefact.layout === 'pieces'
        ? openPackage(work, inPieces(component), input)
        : openDump(restic, own, work, input);
    },
    async verify(work, manifest) {
      for (const artefact of manifest.artefacts) {
        const input = await located(work, manifest, artefact);
        if (artefact.layout === 'pieces') await verifyPackage(work, inPieces(artefact.component), input);
        else await readThrough(await openDump(restic, own, work, input));
      }
    },

    forget: (work, points) => forgetPoints(work, use, points, dependencies.now?.() ?? Date.now()),

    publishMirror: (work, mirror) => storeMirror(work, use, mirror),
    readPeerMirror: (work) => newestMirror(work, use, peer, peerSnapshots),

    check: (work) => checkVaults(work, { ...use, cacheFolder, resolve: dependencies.resolve }),
  };
}
