import type { Manifest, SealedPart } from '../../model/points.ts';
import { failure, failureType } from '../failure.ts';
import type { Documents } from './documents.ts';
import { createPace, type Pace } from './pace.ts';
import { type Place, shown } from './place.ts';
import { type SealedPoint, sealedPoints } from './points.ts';
import type { Restic } from './restic.ts';
import { fullId, type Snapshot, type Snapshots } from './snapshots.ts';
import type { VaultWork } from './vault.ts';

export interface PullDependencies {
  readonly restic: Restic;
  readonly documents: Documents;
  readonly pair: string;
  readonly own: Place;
  readonly peer: Place;
  readonly ownSnapshots: Snapshots;
  readonly peerSnapshots: Snapshots;
}

/**
 * Copies a sealed point from the peer's vault. `--no-lock` keeps restic from writing there; a lock is still taken here. The
 * manifest is named last, so it is copied last, and a point counts only when everything it names is here: a copy that was
 * killed half-way is no point, and the next one copies what is missing. What the sealer told of its parts spares a look into
 * the peer's vault; where that does not lead to the point, it is looked for there.
 */
export async function pullPoint(
  work: VaultWork,
  use: PullDependencies,
  point: string,
  parts: readonly SealedPart[] = [],
): Promise<Manifest> {
  const { own, peer } = use;
  const here = await pointIn(work, use, own, use.ownSnapshots, point);
  if (here) return here.manifest;
  const told = await pullParts(work, use, point, parts);
  if (told) return told.manifest;
  const there = await pointIn(work, use, peer, use.peerSnapshots, point);
  if (there === undefined) {
    throw failure('Damaged', `${shown(peer)} holds no recovery point ${point}. Choose one that it lists.`);
  }
  const bytes = there.manifest.artefacts.map((artefact) => artefact.bytes);
  await copy(work, use, point, [...there.artefacts, there.seal], bytes);
  const copied = await pointIn(work, use, own, use.ownSnapshots, point);
  if (copied) return copied.manifest;
  throw failure('Unavailable', `${point} is not whole in ${shown(own)} after the copy. It is copied again.`);
}

async function pullParts(
  work: VaultWork,
  use: PullDependencies,
  point: string,
  parts: readonly SealedPart[],
): Promise<SealedPoint | undefined> {
  const { own, peer, pair } = use;
  // Without full ids, as of a vault behind a server, restic would be asked what was meant.
  if (parts.length === 0 || !parts.every(({ snapshot }) => /^[0-9a-f]{64}$/.test(snapshot))) return undefined;
  const made = { pair, site: peer.site, point };
  const sources = parts.map(
    ({ component, snapshot: id }): Snapshot => ({
      ...{ id, origin: id, time: new Date().toISOString() },
      label: component === null ? { kind: 'manifest', ...made } : { kind: 'artefact', ...made, component },
    }),
  );
  try {
    const bytes = parts.map((part) => part.bytes);
    await copy(work, use, point, sources, bytes);
  } catch (error) {
    // They are not there any more: whether the point is, its vault says.
    if (failureType(error) !== 'Damaged') throw error;
  }
  const found = await pointIn(work, use, own, use.ownSnapshots, point);
  // What was told may be wrong, and with it what was noted of the copies.
  if (found === undefined) use.ownSnapshots.forget();
  return found;
}

async function copy(
  work: VaultWork,
  use: PullDependencies,
  point: string,
  sources: readonly Snapshot[],
  bytes: readonly number[],
): Promise<void> {
  const { own, peer, restic } = use;
  const pace = createPace(work, `copying ${point} from ${peer.site}`, 0, sum(bytes));
  try {
    const args = ['copy', '--no-lock', ...sources.map((source) => source.id)];
    const call = { at: own, from: peer, args, doing: `copy ${point} from ${shown(peer)}`, patient: true };
    const output = await restic.run(work, call, { pace, onOutput: followCopy(pace, bytes) });
    for (const [from, to] of saved(output)) {
      const source = sources.find((one) => one.id.startsWith(from));
      const copied = await fullId(own, to);
      if (source) use.ownSnapshots.made({ ...source, id: copied });
    }
  } finally {
    pace.stop();
  }
}

/** Which snapshot became which, in the short forms that restic tells. What is missed here is read from the repository. */
function saved(output: string): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  let source: string | undefined;
  for (const line of output.split(/\r?\n/)) {
    source = /^snapshot ([0-9a-f]{8,64}) of /.exec(line)?.[1] ?? source;
    const copied = /^\s*snapshot ([0-9a-f]{8,64}) saved/.exec(line)?.[1];
    if (source === undefined || copied === undefined) continue;
    pairs.push([source, copied]);
    source = undefined;
  }
  return pairs;
}

/** One point of a vault, reading no other manifest than its own. */
export async function pointIn(
  work: VaultWork,
  { documents, pair }: { readonly documents: Documents; readonly pair: string },
  at: Place,
  snapshots: Snapshots,
  point: string,
): Promise<SealedPoint | undefined> {
  const all = await snapshots.list(work);
  const wanted = all.filter((one) => one.label.point === point);
  return (await sealedPoints(work, documents, at, pair, wanted))[0];
}

/**
 * restic tells of a copy only in words: a line as each snapshot begins (its order is ours), and the share of its packs that
 * are copied.
 */
function followCopy(pace: Pace, bytes: readonly number[]): (text: string) => void {
  let current = -1;
  return (text) => {
    for (const line of text.split(/[\r\n]+/)) {
      if (/^snapshot \S+ of /.test(line)) current++;
      const percent = /^\[[\d:]+\]\s+([\d.]+)%/.exec(line)?.[1];
      if (percent === undefined) continue;
      pace.bytes = sum([...bytes.slice(0, Math.max(0, current)), ((bytes[current] ?? 0) * Number(percent)) / 100]);
    }
  };
}

const sum = (numbers: readonly number[]): number => Math.round(numbers.reduce((total, number) => total + number, 0));
