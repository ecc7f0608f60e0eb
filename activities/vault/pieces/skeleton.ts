import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { failure } from '../../failure.ts';

/** A step of putting a package together: bytes that stand here, or a piece. */
export type Step =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'piece'; readonly hash: string; readonly size: number };

/** A longer run of bytes, or a larger piece, is written by nobody. */
const LONGEST = 64 * 1024 * 1024;
const HEAD = Buffer.from('understudy pieces 1\n');
const HASH = 32;

/** Compressed at once: more than gzip looks back. */
const BLOCK = 256 * 1024;

/**
 * The skeleton of a package, compressed by gzip (in several members): a line that says what it is, then steps. Each begins
 * with a number (base 128, lowest first, the high bit set on all bytes but the last): twice a length, plus one where it is a
 * piece's. An even one is followed by as many bytes, an odd one by the piece's SHA-256. A zero ends it; the length of the
 * whole and its SHA-256 follow.
 */
export function createSkeletonWriter(write: (bytes: Buffer) => Promise<void>) {
  let pending: Buffer[] = [HEAD];
  let size = 0;
  let literal: Buffer[] = [];
  let length = 0;

  const put = (...buffers: readonly Buffer[]): void => {
    for (const buffer of buffers) {
      pending.push(buffer);
      size += buffer.length;
    }
  };
  const close = (): void => {
    if (length > 0) put(number(2 * length), ...literal);
    literal = [];
    length = 0;
  };
  const flush = async (): Promise<void> => {
    const block = Buffer.concat(pending);
    pending = [];
    size = 0;
    await write(await promisify(gzip)(block));
  };

  return {
    bytes(bytes: Buffer): void {
      // Copied: a header must not hold on to the chunk that it came in.
      literal.push(Buffer.from(bytes));
      length += bytes.length;
      if (length > BLOCK) close();
    },
    piece(hash: string, of: number): void {
      close();
      put(number(2 * of + 1), Buffer.from(hash, 'hex'));
    },
    /** To be awaited now and then, so that nothing piles up. */
    relieve: (): Promise<void> | undefined => (size > BLOCK ? flush() : undefined),
    async end(total: number, sha256: string): Promise<void> {
      close();
      put(number(0), number(total), Buffer.from(sha256, 'hex'));
      await flush();
    },
  };
}

export type SkeletonWriter = ReturnType<typeof createSkeletonWriter>;

function number(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Reads a skeleton's steps; the last value returned is what it says of the whole. Fails with `Damaged`. */
export async function* readSkeleton(
  stream: NodeJS.ReadableStream,
): AsyncGenerator<Step, { readonly total: number; readonly sha256: string }> {
  const reader = createReader(stream);
  try {
    const head = await reader.take(HEAD.length);
    if (!head.equals(HEAD)) throw damaged('it is no skeleton of a package');
    let sum = 0;
    for (;;) {
      const value = await reader.number();
      if (value === 0) break;
      const size = Math.floor(value / 2);
      if (size > LONGEST) throw damaged('it has a length beyond all measure');
      sum += size;
      if (value % 2 === 0) yield { kind: 'bytes', bytes: await reader.take(size) };
      else yield { kind: 'piece', hash: (await reader.take(HASH)).toString('hex'), size };
    }
    const total = await reader.number();
    const sha256 = (await reader.take(HASH)).toString('hex');
    if (total !== sum) throw damaged(`its parts have ${sum} bytes and not ${total}`);
    await reader.end();
    return { total, sha256 };
  } finally {
    reader.destroy();
  }
}

const damaged = (why: string, cause?: unknown) =>
  failure('Damaged', `the skeleton of a package cannot be read: ${why}`, cause);

function createReader(stream: NodeJS.ReadableStream) {
  const unzipped = createGunzip();
  // Errors of the source must reach the reader: a pipe does not carry them.
  stream.on('error', (error: Error) => unzipped.destroy(error));
  stream.pipe(unzipped);
  const chunks = unzipped[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    try {
      const { done, value } = await chunks.next();
      if (done) return false;
      held = held.length === 0 ? value : Buffer.concat([held, value]);
      return true;
    } catch (error) {
      throw damaged(error instanceof Error ? error.message : String(error), error);
    }
  };
  const take = async (size: number): Promise<Buffer> => {
    while (held.length < size) if (!(await more())) throw damaged('it ends early');
    const taken = held.subarray(0, size);
    held = held.subarray(size);
    return taken;
  };
  return {
    take,
    async number(): Promise<number> {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = (await take(1))[0] ?? 0;
        value += (byte % 128) * factor;
        if (value > Number.MAX_SAFE_INTEGER || factor > 2 ** 49) throw damaged('it has a number beyond all measure');
        if (byte < 128) return value;
      }
    },
    async end(): Promise<void> {
      if (held.length > 0 || (await more())) throw damaged('it goes on after its end');
    },
    destroy(): void {
      unzipped.destroy();
      (stream as NodeJS.ReadableStream & { destroy?: () => void }).destroy?.();
    },
  };
}
