import { Readable } from 'node:stream';
import { failure } from '../../failure.ts';
import { createPace } from '../pace.ts';
import { type Place, shown } from '../place.ts';
import type { Restic } from '../restic.ts';
import { fullId, type Snapshots } from '../snapshots.ts';
import { type StoreInput, type Summary, summaryIn } from '../store.ts';
import { tagsOf } from '../tags.ts';
import type { StoredStream, VaultWork } from '../vault.ts';
import { openPieceFolder, type PieceFolder } from './folder.ts';
import { isNoSpace } from './space.ts';
import { type Split, splitPackage } from './split.ts';
import { looksLikeZip } from './zip-walk.ts';

export interface PieceStoreDependencies {
  readonly restic: Restic;
  readonly own: Place;
  readonly ownSnapshots: Snapshots;
  /** Where the pieces of this component's package are. */
  readonly folder: string;
  /** Stores a stream as it comes. */
  store(work: VaultWork, input: StoreInput): Promise<StoredStream>;
}

/** A zip may stand behind a program that unpacks it; those are smaller. */
const BEGINNING = 1024 * 1024;

/**
 * Stores a package in pieces: taken apart while it streams in, then given to restic as a folder. Of the files that have not
 * changed since the snapshot before restic reads nothing. What does not begin like a zip is stored as it comes.
 */
export async function storePackage(
  work: VaultWork,
  use: PieceStoreDependencies,
  input: StoreInput,
): Promise<StoredStream> {
  const { beginning, all } = await peek(input.stream);
  if (!looksLikeZip(beginning)) {
    const stored = await use.store(work, { ...input, stream: Readable.from(all, { objectMode: false }) });
    return { ...stored, plain: 'it does not begin like a zip' };
  }
  const { folder, split } = await takeApart(work, use, input, all);
  const summary = await backUp(work, use, input, folder, split);
  const id = await fullId(use.own, summary.snapshot);
  use.ownSnapshots.made({ id, origin: id, time: new Date().toISOString(), label: input.label });
  return {
    snapshot: id,
    bytes: split.bytes,
    sha256: split.sha256,
    stored: summary.added,
    layout: 'pieces',
    ...(split.why === undefined ? {} : { plain: split.why }),
  };
}

/** Reads the beginning of a stream and gives it back with the rest. */
async function peek(stream: Readable): Promise<{ readonly beginning: Buffer; readonly all: AsyncGenerator<Buffer> }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let beginning: Buffer = Buffer.alloc(0);
  while (beginning.length < BEGINNING && !looksLikeZip(beginning)) {
    const { done, value } = await chunks.next();
    if (done) break;
    beginning = Buffer.concat([beginning, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (beginning.length > 0) yield beginning;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      stream.destroy();
    }
  }
  return { beginning, all: all() };
}

async function takeApart(
  work: VaultWork,
  use: PieceStoreDependencies,
  { stream, what, bytes: promised }: StoreInput,
  all: AsyncGenerator<Buffer>,
): Promise<{ readonly folder: PieceFolder; readonly split: Split }> {
  const pace = createPace(work, `taking ${what} apart`, 0, promised);
  const wrong = (how: string, came: number) =>
    failure('Unavailable', `${what} ${how}: ${promised} bytes were promised, ${came} came.`);
  const abort = (): void => void stream.destroy(new Error('it was stopped'));
  work.signal.addEventListener('abort', abort, { once: true });
  let folder: PieceFolder | undefined;
  let bytes = 0;
  try {
    work.signal.throwIfAborted();
    folder = await openPieceFolder(use.folder);
    const split = await splitPackage(all, folder, (chunk) => {
      bytes += chunk.length;
      pace.bytes = bytes;
      if (promised !== undefined && bytes > promised) throw wrong('is longer', bytes);
    });
    if (promised !== undefined && bytes !== promised) throw wrong('ended early', bytes);
    await folder.sweep(split.sha256, split.hashes);
    return { folder, split };
  } catch (error) {
    // The record of this site needs room as well.
    if (isNoSpace(error)) await folder?.undo();
    work.signal.throwIfAborted();
    throw error;
  } finally {
    stream.destroy();
    work.signal.removeEventListener('abort', abort);
    pace.stop();
  }
}

/** restic keeps a folder's path with the snapshot and finds the one before by it and the host; the tree inside has no path. */
async function backUp(
  work: VaultWork,
  { restic, own }: PieceStoreDependencies,
  { label, what }: StoreInput,
  folder: PieceFolder,
  split: Split,
): Promise<Summary> {
  const args = ['backup', '--json', `--host=${label.site}`, `--tag=${tagsOf(label)}`, '.'];
  const call = { at: own, args, cwd: folder.tree, doing: `store ${what} in ${shown(own)}`, patient: true };
  const output = await restic.run(work, call);
  const said = output.split('\n').reduce<Summary | undefined>((found, line) => summaryIn(line) ?? found, undefined);
  if (said?.total !== split.fileBytes)
    throw failure('Unavailable', `restic stored ${said?.total ?? 'nothing'} of ${split.fileBytes} bytes of ${what}.`);
  // Pieces that were taken for right by their times only, and that restic has read now: their bytes have to be right too.
  if (said.read > split.files) await recheck(folder, split, what);
  return said;
}

async function recheck(folder: PieceFolder, split: Split, what: string): Promise<void> {
  for (const hash of split.hashes) {
    if (await folder.isWhole(hash).catch(() => false)) continue;
    await folder.distrust();
    throw failure('Unavailable', `a piece of ${what} was damaged on disk after it was kept. It is backed up again.`);
  }
}
