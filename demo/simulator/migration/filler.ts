import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FillerSpec } from './package.ts';

const PIECE = 256 * 1024;
const ZEROS = Buffer.alloc(PIECE);

/** Size of one filler entry: the bytes are shared out evenly, the first ones take the rest. */
export function fillerSize(spec: FillerSpec, index: number): number {
  const even = Math.floor(spec.bytes / spec.entries);
  return even + (index < spec.bytes % spec.entries ? 1 : 0);
}

/** Number of filler entries in a package. */
export function fillerCount(spec: FillerSpec): number {
  return spec.bytes === 0 ? 0 : spec.entries;
}

/**
 * Incompressible bytes that are the same for the same seed, entry and, for the first `changed` entries, generation.
 * Made as they are read: any size takes no memory.
 */
export function fillerStream(spec: FillerSpec, index: number): Readable {
  const generation = index < spec.changed ? spec.generation : 0;
  const key = createHash('sha256').update(`${spec.seed} ${index} ${generation}`).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  let left = fillerSize(spec, index);
  return new Readable({
    highWaterMark: PIECE,
    read() {
      if (left === 0) {
        this.push(null);
        return;
      }
      const length = Math.min(left, PIECE);
      left -= length;
      this.push(cipher.update(length === PIECE ? ZEROS : ZEROS.subarray(0, length)));
    },
  });
}
