import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import { failure } from '../../failure.ts';
import type { PieceFolder } from './folder.ts';
import { readSkeleton, type Step } from './skeleton.ts';

/** Pieces that are read ahead. */
const AHEAD = 4;
/** After so many bytes everything else gets its turn: small pieces come without any waiting. */
const TURN = 4 * 1024 * 1024;

/**
 * Puts a package together again while it streams out, and proves it by size and SHA-256 of the whole: the last bytes come out
 * before that is known, so a reader must not act on them before the stream has ended. Fails with `Unavailable` where what is
 * in the folder is not what it should be; nothing in it is trusted then, and it is read from the vault again.
 */
export async function* joinPackage(
  folder: PieceFolder,
  whole: { readonly bytes: number; readonly sha256: string },
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const bytes of buffers(folder, whole.sha256)) {
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

/** In their order, a few pieces ahead. */
async function* buffers(folder: PieceFolder, whole: string): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer>[] = [];
  let loaded = 0;
  const load = (step: Step): Promise<Buffer> => {
    if (step.kind === 'bytes') return Promise.resolve(step.bytes);
    const reading = folder.read(step.hash, step.size).then((bytes) => {
      if (bytes.length === step.size) return bytes;
      throw failure('Unavailable', `a piece has ${bytes.length} bytes instead of ${step.size}`);
    });
    // Its failure is met when its turn comes.
    reading.catch(() => {});
    return reading;
  };
  for await (const step of readSkeleton(createReadStream(folder.skeletonPath(whole)))) {
    ahead.push(load(step));
    loaded += step.kind === 'piece' ? step.size : step.bytes.length;
    if (loaded > TURN) {
      loaded = 0;
      await breath();
    }
    if (ahead.length > AHEAD) yield await (ahead.shift() as Promise<Buffer>);
  }
  for (const each of ahead) yield await each;
}
