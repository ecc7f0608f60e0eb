import { createHash, type Hash } from 'node:crypto';
import type { PieceFolder } from './folder.ts';
import { createSkeletonWriter } from './skeleton.ts';
import { createWrites } from './writes.ts';
import { createZipWalk, type Part } from './zip-walk.ts';

/** A package as it was taken apart. */
export interface Split {
  readonly bytes: number;
  /** Of the whole. */
  readonly sha256: string;
  readonly hashes: ReadonlySet<string>;
  /** Sum of the sizes of all files: the pieces, each counted once, and the skeleton. */
  readonly fileBytes: number;
  /** Files that were not there before, and bytes of such pieces. */
  readonly files: number;
  readonly written: number;
  /** Why a part that matters was kept as it is, not taken apart. */
  readonly why?: string;
}

/** Pieces are at most this long: they are held in memory until their name, their hash, is known. */
const LARGEST = 16 * 1024 * 1024;
/** What is shorter stands in the skeleton: a reference would be as long. */
const SMALLEST = 128;
/** What belongs to no entry stands in the skeleton unless it is longer. */
const SMALLEST_PLAIN = 4096;
/** What is not understood is worth a word when it is more than this, or than a hundredth of the whole. */
const WORTH_A_WORD = 1024 * 1024;

/**
 * Takes a zip apart while it streams by: the data of each entry, as it stands there, becomes a piece in the folder, written
 * only if it is not there yet; all else, and the order, becomes the skeleton. Any bytes can be taken apart: what is not
 * understood is kept as it is. `onChunk` sees what comes.
 */
export async function splitPackage(
  stream: AsyncIterable<Buffer | string>,
  folder: PieceFolder,
  onChunk: (chunk: Buffer) => void = () => {},
): Promise<Split> {
  const file = await folder.beginSkeleton();
  const skeleton = createSkeletonWriter(file.write);
  const walk = createZipWalk();
  const whole = createHash('sha256');
  const hashes = new Set<string>();
  const writes = createWrites(folder);
  let bytes = 0;
  let pieceBytes = 0;
  /** The piece under way, and what it is of. */
  let current: { readonly kind: Part['kind']; parts: Buffer[]; size: number; hash: Hash } | undefined;

  const finishPiece = (): void => {
    if (current === undefined) return;
    const { kind, parts, size, hash } = current;
    current = undefined;
    if (size < (kind === 'plain' ? SMALLEST_PLAIN : SMALLEST)) {
      for (const part of parts) skeleton.bytes(part);
      return;
    }
    const name = hash.digest('hex');
    skeleton.piece(name, size);
    if (hashes.has(name)) return;
    hashes.add(name);
    pieceBytes += size;
    writes.add({ hash: name, size, bytes: parts });
  };

  const take = ({ kind, bytes: part, last }: Part): void => {
    if (kind === 'frame') {
      finishPiece();
      skeleton.bytes(part);
      return;
    }
    if (current?.kind !== kind) finishPiece();
    for (let from = 0; from < part.length; ) {
      current ??= { kind, parts: [], size: 0, hash: createHash('sha256') };
      const some = part.subarray(from, from + LARGEST - current.size);
      current.parts.push(some);
      current.hash.update(some);
      current.size += some.length;
      from += some.length;
      if (current.size === LARGEST) finishPiece();
    }
    if (last) finishPiece();
  };

  try {
    for await (const piece of stream) {
      const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
      onChunk(chunk);
      whole.update(chunk);
      bytes += chunk.length;
      for (const part of walk.add(chunk)) take(part);
      await skeleton.relieve();
      await writes.relieve();
    }
    for (const part of walk.end()) take(part);
    finishPiece();
    const sha256 = whole.digest('hex');
    await skeleton.end(bytes, sha256);
    await writes.finish();
    const kept = await file.keep(sha256);
    const matters = walk.plain > Math.min(WORTH_A_WORD, bytes / 100) || (walk.why !== undefined && walk.entries < 2);
    const why = walk.why ?? 'it has bytes that belong to no entry';
    const files = writes.count('written') + (kept.written ? 1 : 0);
    const fileBytes = pieceBytes + kept.size;
    return { bytes, sha256, hashes, fileBytes, files, written: writes.written, ...(matters ? { why } : {}) };
  } catch (error) {
    await writes.settled();
    await file.drop();
    throw error;
  }
}
