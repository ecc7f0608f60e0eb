import { DESCRIPTOR, isLandmark } from './zip-records.ts';

/** Bytes before a record that may be the descriptor of the entry before it. */
const LOOK_BACK = 24;
const SHORT = 16;

export interface Found {
  /** Where the entry's data ends in the buffer. */
  readonly end: number;
  /** Length of the descriptor behind it. */
  readonly descriptor: number;
}

export interface Searched {
  readonly found?: Found;
  /** Bytes before it are data for sure. */
  readonly sure: number;
  /** Where to go on when there is more. */
  readonly next: number;
}

/**
 * Looks for the end of an entry that does not tell its size: a descriptor whose packed size is exactly the number of bytes
 * before it. No data has to be inflated for it, so stored and encrypted entries are found like deflated ones. `begin`: where
 * the entry began, relative to the buffer (negative where a part of it has passed); `from`: where to go on looking.
 *
 * A wrong find would do no harm but a piece that is cut at another place: what is put together again is the same.
 */
export function searchEnd(bytes: Buffer, begin: number, from: number, final: boolean): Searched {
  for (let at = from; ; at++) {
    at = bytes.indexOf('PK', at, 'latin1');
    if (at < 0) break;
    if (at + 4 > bytes.length) break;
    const signature = bytes.readUInt32LE(at);
    if (signature === DESCRIPTOR) {
      // What follows tells a long descriptor from a short one.
      if (at + LOOK_BACK + 4 > bytes.length && !final) return { sure: kept(at, begin), next: at };
      const length = signed(bytes, at, at - begin);
      if (length !== undefined) return { found: { end: at, descriptor: length }, sure: at, next: at };
    } else if (isLandmark(signature)) {
      const length = unsigned(bytes, at, begin);
      if (length !== undefined) return { found: { end: at - length, descriptor: length }, sure: at - length, next: at };
    }
  }
  // The last three bytes may be the beginning of a signature, and what stands before that its descriptor.
  const next = Math.max(from, bytes.length - 3);
  return { sure: kept(next, begin), next };
}

const kept = (at: number, begin: number): number => Math.max(0, begin, at - LOOK_BACK);

/** Length of the descriptor with a signature that begins at `at`, after `size` bytes of data. */
function signed(bytes: Buffer, at: number, size: number): number | undefined {
  if (at + SHORT > bytes.length || bytes.readUInt32LE(at + 8) !== size % 2 ** 32) return undefined;
  const follows = (length: number): boolean =>
    at + length + 4 <= bytes.length && isLandmark(bytes.readUInt32LE(at + length));
  const long = at + LOOK_BACK <= bytes.length && bytes.readBigUInt64LE(at + 8) === BigInt(size);
  if (long && (follows(LOOK_BACK) || size >= 2 ** 32) && !follows(SHORT)) return LOOK_BACK;
  return size < 2 ** 32 ? SHORT : undefined;
}

/** Length of the descriptor without a signature that ends where a record begins. */
function unsigned(bytes: Buffer, at: number, begin: number): number | undefined {
  // The long one first: the end of it can look like a short one, hardly the other way round.
  const long = at - 20;
  if (long >= Math.max(0, begin) && bytes.readBigUInt64LE(long + 4) === BigInt(long - begin)) return 20;
  const short = at - 12;
  if (short >= Math.max(0, begin) && bytes.readUInt32LE(short + 4) === (short - begin) % 2 ** 32) return 12;
  return undefined;
}
