import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import { failure } from '../../failure.ts';
import type { Arrivals } from './arrivals.ts';
import type { PieceFolder } from './folder.ts';
import type { PieceReader } from './piece-files.ts';
import { readSkeleton } from './skeleton.ts';

/** What comes out at once: large enough to be few, small enough to be forgotten soon. */
const CHUNK = 512 * 1024;
/** After so many pieces everything else gets its turn: they are read without any waiting. */
const TURN = 64;

/**
 * Puts a package together again while it streams out, and proves it by size and SHA-256 of the whole: the last bytes come out
 * before that is known, so a reader must not act on them before the stream has ended. Fails with `Unavailable` where what is
 * in the folder is not what it should be; nothing in it is trusted then, and it is read from the vault again. What is still
 * on its way there is waited for.
 */
export async function* joinPackage(
  folder: PieceFolder,
  whole: { readonly bytes: number; readonly sha256: string },
  arrivals?: Arrivals,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const bytes of buffers(folder, whole.sha256, arrivals)) {
      hash.update(bytes);
      size += bytes.length;
      if (size > whole.bytes) break;
      yield bytes;
    }
    if (size === whole.bytes && hash.digest('hex') === whole.sha256) return;
  } catch (error) {
    await folder.distrust();
    throw spoiled(error instanceof Error ? error.message : String(error), error);
  }
  await folder.distrust();
  throw spoiled('size or SHA-256 of the whole is wrong');
}

const spoiled = (why: string, cause?: unknown) =>
  failure(
    'Unavailable',
    `the pieces of a package that are kept beside the vault do not make it up any more: ${why}. They are read from the vault again`,
    cause,
  );

/** All parts in their order, packed into chunks of one size. */
async function* buffers(folder: PieceFolder, whole: string, arrivals?: Arrivals): AsyncGenerator<Buffer> {
  let chunk = Buffer.allocUnsafeSlow(CHUNK);
  let filled = 0;
  let pieces = 0;
  await arrivals?.until(() => folder.hasSkeleton(whole));
  for await (const step of readSkeleton(createReadStream(folder.skeletonPath(whole)))) {
    if (step.kind === 'piece') {
      if (++pieces % TURN === 0) await breath();
      await arrivals?.until(() => folder.hasPiece(step.hash, step.size));
    }
    const source = step.kind === 'piece' ? folder.openPiece(step.hash) : inMemory(step.bytes);
    const size = step.kind === 'piece' ? step.size : step.bytes.length;
    let taken = 0;
    try {
      for (;;) {
        const got = source.take(chunk.subarray(filled));
        if (got === 0) break;
        taken += got;
        filled += got;
        if (filled < CHUNK) continue;
        yield chunk;
        await breath();
        chunk = Buffer.allocUnsafeSlow(CHUNK);
        filled = 0;
      }
    } finally {
      source.close();
    }
    if (taken !== size) throw failure('Unavailable', `a piece has ${taken} bytes instead of ${size}`);
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

function inMemory(bytes: Buffer): PieceReader {
  let at = 0;
  return {
    take(into) {
      const got = bytes.copy(into, 0, at);
      at += got;
      return got;
    },
    close() {},
  };
}
