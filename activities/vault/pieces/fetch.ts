import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { failure, failureType } from '../../failure.ts';
import type { DumpInput } from '../dump.ts';
import { createPace, type Pace } from '../pace.ts';
import { type Place, shown } from '../place.ts';
import type { Restic } from '../restic.ts';
import type { VaultWork } from '../vault.ts';
import { createArrivals } from './arrivals.ts';
import { openPieceFolder, type PieceFolder, SKELETONS } from './folder.ts';
import { joinPackage } from './join.ts';
import { readSkeleton } from './skeleton.ts';
import { isNoSpace } from './space.ts';
import { type Member, readMembers } from './tar-members.ts';
import { createWrites } from './writes.ts';

export interface PieceReadDependencies {
  readonly restic: Restic;
  readonly own: Place;
  /** Where the pieces of this component's package are. */
  readonly folder: string;
}

/** Larger ones are never made. */
const LARGEST = 64 * 1024 * 1024;

/**
 * Reads a package's pieces again from the vault, each compared with its name, and meanwhile puts the whole together again to
 * compare size and digest. What the folder lacks is written there, so that a restore finds all of it. Fails with `Damaged`.
 */
export async function verifyPackage(work: VaultWork, use: PieceReadDependencies, input: DumpInput): Promise<void> {
  const folder = await openPieceFolder(use.folder);
  const arrivals = createArrivals();
  const fetching = fetchPieces(work, use, input, folder, arrivals.tell).finally(arrivals.end);
  const [fetched, joined] = await Promise.allSettled([
    fetching,
    readAll(work, joinPackage(folder, input, arrivals), input, fetching),
  ]);
  work.signal.throwIfAborted();
  // What is wrong in the vault explains a whole that is not right, not the other way round.
  if (fetched.status === 'rejected') throw fetched.reason;
  if (joined.status === 'fulfilled') return;
  // With every piece just read from the vault, it is the vault that holds something else.
  if (fetched.value.trusted === 0 && failureType(joined.reason) === 'Unavailable')
    throw damaged(use, input, 'its pieces do not make it up');
  throw joined.reason;
}

/** While something else tells how far it is, this does not. */
async function readAll(
  work: VaultWork,
  chunks: AsyncIterable<Buffer>,
  { what, bytes }: DumpInput,
  meanwhile: Promise<unknown>,
): Promise<void> {
  const told: { came: number; over: boolean; pace?: Pace } = { came: 0, over: false };
  const tell = (): void => {
    if (!told.over) told.pace = createPace(work, `putting ${what} together`, told.came, bytes);
  };
  void meanwhile.then(tell, () => {});
  try {
    for await (const chunk of chunks) {
      work.signal.throwIfAborted();
      told.came += chunk.length;
      if (told.pace) told.pace.bytes = told.came;
    }
  } finally {
    told.over = true;
    told.pace?.stop();
  }
}

/**
 * The package as a stream, put together from the pieces beside the vault; what is missing or damaged there is read from the
 * vault first. The last bytes come out before the digest is known: see `joinPackage`.
 */
export async function openPackage(work: VaultWork, use: PieceReadDependencies, input: DumpInput): Promise<Readable> {
  const folder = await openPieceFolder(use.folder);
  if (!(await isComplete(folder, input.sha256))) await fetchPieces(work, use, input, folder);
  return Readable.from(paced(work, joinPackage(folder, input), input), { objectMode: false });
}

async function* paced(work: VaultWork, chunks: AsyncGenerator<Buffer>, input: DumpInput): AsyncGenerator<Buffer> {
  const pace = createPace(work, `reading ${input.what}`, 0, input.bytes);
  try {
    for await (const chunk of chunks) {
      work.signal.throwIfAborted();
      pace.bytes = (pace.bytes ?? 0) + chunk.length;
      yield chunk;
    }
  } finally {
    pace.stop();
  }
}

/** Whether all that makes up the package is in the folder, and as it should be. */
async function isComplete(folder: PieceFolder, whole: string): Promise<boolean> {
  try {
    for await (const step of readSkeleton(createReadStream(folder.skeletonPath(whole))))
      if (step.kind === 'piece' && !(await folder.recheckPiece(step.hash, step.size))) return false;
    return true;
  } catch {
    return false;
  }
}

/** Reads the whole snapshot, and leaves exactly its pieces in the folder; `onArrival` hears of each that was not there. */
async function fetchPieces(
  work: VaultWork,
  { restic, own, folder: path }: PieceReadDependencies,
  input: DumpInput,
  folder: PieceFolder,
  onArrival: () => void = () => {},
): Promise<{ readonly trusted: number }> {
  const use = { restic, own, folder: path };
  const running = await restic.start(work, {
    at: own,
    args: ['dump', '--no-lock', '--archive', 'tar', input.snapshot, '/'],
    doing: `read ${input.what} from ${shown(own)}`,
    patient: true,
  });
  const pace = createPace(work, `reading ${input.what}`, 0, input.bytes);
  const hashes = new Set<string>();
  const writes = createWrites(folder, onArrival);
  let skeleton = false;
  let trusted = 0;
  try {
    for await (const member of readMembers(running.child.stdout as AsyncIterable<Buffer>)) {
      const [first = '', name = '', ...more] = member.name.split('/');
      const hash = first + name;
      if (more.length === 0 && first === SKELETONS && name === input.sha256) {
        await keepSkeleton(member, folder, name);
        skeleton = true;
        onArrival();
      } else if (more.length === 0 && /^[0-9a-f]{64}$/.test(hash) && first.length === 2) {
        if (member.size > LARGEST) throw damaged(use, input, `it has a piece of ${member.size} bytes`);
        // What is there already is read from the vault and compared with its name as well, but not held.
        const known = folder.hasPiece(hash, member.size);
        const found = createHash('sha256');
        const bytes: Buffer[] = [];
        for await (const part of member.content) {
          found.update(part);
          pace.bytes = (pace.bytes ?? 0) + part.length;
          if (!known) bytes.push(part);
        }
        if (found.digest('hex') !== hash) throw damaged(use, input, `the piece ${hash} is not what its name says`);
        if (known) trusted++;
        else writes.add({ hash, size: member.size, bytes });
        await writes.relieve();
        hashes.add(hash);
      } else throw damaged(use, input, 'it has a file that is no piece');
    }
    await running.done;
    await writes.finish();
    if (!skeleton) throw damaged(use, input, 'it has no skeleton');
    await folder.sweep(input.sha256, hashes);
    return { trusted: trusted + writes.count('trusted') };
  } catch (error) {
    const over = running.child.stdout.readableEnded;
    await running.child.stop();
    await writes.settled();
    // restic's own reason explains an archive that ends early, not the other way round.
    if (over) await running.done;
    if (isNoSpace(error)) await folder.undo();
    throw error;
  } finally {
    pace.stop();
    await running.child.stop();
  }
}

async function keepSkeleton(member: Member, folder: PieceFolder, whole: string): Promise<void> {
  const file = await folder.beginSkeleton();
  try {
    for await (const part of member.content) await file.write(part);
    await file.keep(whole);
  } catch (error) {
    await file.drop();
    throw error;
  }
}

const damaged = ({ own }: PieceReadDependencies, { what }: DumpInput, why: string) =>
  failure('Damaged', `${what} in ${shown(own)} is not what was stored: ${why}. Use another recovery point.`);
