import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../failure.ts';
import { type Place, shown } from './place.ts';
import type { Restic } from './restic.ts';
import { reasonBehind } from './restic-failure.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';
import { type createStore, jsonStream } from './store.ts';
import type { VaultWork } from './vault.ts';

export interface CreateDependencies {
  readonly restic: Restic;
  readonly pair: string;
  readonly own: Place;
  readonly peer: Place;
  readonly ownSnapshots: Snapshots;
  readonly peerSnapshots: Snapshots;
  readonly store: ReturnType<typeof createStore>;
  readonly cacheFolder: string;
}

/**
 * Makes the repository with the chunker parameters of the peer's, so that copies in both directions deduplicate, and marks
 * whose it is. An existing one is only checked. Made once, it is not made again in silence: an empty place may be a disk that
 * is not mounted.
 */
export async function createRepository(work: VaultWork, use: CreateDependencies): Promise<void> {
  const { pair, own, peer } = use;
  if (own.repository === peer.repository) {
    throw failure('Refused', `${shown(own)} and ${shown(peer)} are one place: each site needs a vault of its own.`);
  }
  let found = await listOrAbsent(work, use.ownSnapshots);
  if (found === undefined) {
    await refuseIfKnown(use);
    await init(work, use);
    found = await use.ownSnapshots.list(work);
  }
  const stranger = strangerIn(found, pair, own.site);
  if (stranger) throw failure('Refused', `${shown(own)} ${stranger}. Configure another place for it.`);
  if (!found.some((one) => one.label.kind === 'vault')) {
    const label = { kind: 'vault', pair, site: own.site } as const;
    await use.store(work, {
      label,
      file: 'vault.json',
      what: 'the vault marker',
      ...jsonStream({ pair, site: own.site }),
    });
  }
  await mkdir(use.cacheFolder, { recursive: true });
  await writeFile(knownFile(use), `${JSON.stringify({ repository: own.repository })}\n`, { mode: 0o600 });
}

/** Why these snapshots say that the repository is not this site's, or undefined. */
export function strangerIn(snapshots: readonly Snapshot[], pair: string, site: string): string | undefined {
  const other = snapshots.find((one) => one.label.pair !== pair);
  if (other) return `belongs to the pair "${other.label.pair}", not to "${pair}"`;
  const marker = snapshots.find((one) => one.label.kind === 'vault' && one.label.site !== site);
  return marker && `is the vault of the site "${marker.label.site}", not of "${site}"`;
}

/** Our snapshots, or undefined where there certainly is no repository. */
async function listOrAbsent(work: VaultWork, snapshots: Snapshots): Promise<readonly Snapshot[] | undefined> {
  try {
    return await snapshots.list(work);
  } catch (error) {
    if (reasonBehind(error) === 'absent') return undefined;
    throw error;
  }
}

async function init(work: VaultWork, { restic, pair, own, peer, peerSnapshots }: CreateDependencies): Promise<void> {
  const theirs = await listOrAbsent(work, peerSnapshots);
  const stranger = theirs && strangerIn(theirs, pair, peer.site);
  if (stranger) throw failure('Refused', `${shown(peer)} ${stranger}. Correct the configuration.`);
  await restic.run(work, {
    at: own,
    ...(theirs ? { from: peer } : {}),
    args: ['init', ...(theirs ? ['--copy-chunker-params'] : [])],
    doing: `make ${shown(own)}`,
  });
}

const knownFile = ({ cacheFolder }: CreateDependencies): string => join(cacheFolder, 'vault.json');

async function refuseIfKnown(use: CreateDependencies): Promise<void> {
  const text = await readFile(knownFile(use), 'utf8').catch(() => '');
  if (!text.includes(JSON.stringify(use.own.repository))) return;
  throw failure(
    'Refused',
    `${shown(use.own)} was made before and is not there now. Is its disk mounted? If it is lost for good, remove ${knownFile(use)} and run this again: a new, empty vault is made.`,
  );
}
