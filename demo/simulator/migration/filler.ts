import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FillerSpec } from './package.ts';

const PIECE = 256 * 1024;
const ZEROS = Buffer.alloc(PIECE);
const SMALLEST = 1024;
const LARGEST = 20_000_000;

/** Size of one filler entry: shared out evenly, the first ones take the rest; or from 1 KB to 20 MB, many small and few large. */
export function fillerSize(spec: FillerSpec, index: number): number {
  if (spec.sizes === 'mixed') return mixedSizes(spec)[index] ?? 0;
  const even = Math.floor(spec.bytes / spec.entries);
  return even + (index < spec.bytes % spec.entries ? 1 : 0);
}

/** Number of filler entries in a package. */
export function fillerCount(spec: FillerSpec): number {
  return spec.bytes === 0 ? 0 : spec.entries;
}

/** Whether an entry is text, which deflates to about a third; the others do not shrink. */
export const isText = (spec: FillerSpec, index: number): boolean => fraction(spec, `text ${index}`) < (spec.text ?? 0);

let known: { readonly key: string; readonly sizes: readonly number[] } | undefined;

/** Seeded sizes whose sum is about the bytes wanted: the bend of their distribution is searched for. */
function mixedSizes(spec: FillerSpec): readonly number[] {
  const key = `${spec.seed} ${spec.entries} ${spec.bytes}`;
  if (known?.key === key) return known.sizes;
  const places = Array.from({ length: spec.entries }, (_, index) => fraction(spec, `size ${index}`));
  const sizesFor = (bend: number): number[] =>
    places.map((place) => Math.round(SMALLEST * (LARGEST / SMALLEST) ** (place ** bend)));
  let [low, high] = [0.01, 100];
  for (let step = 0; step < 60; step += 1) {
    const middle = Math.sqrt(low * high);
    const sum = sizesFor(middle).reduce((total, size) => total + size, 0);
    if (sum > spec.bytes) low = middle;
    else high = middle;
  }
  known = { key, sizes: sizesFor(high) };
  return known.sizes;
}

/** Between 0 and 1, the same for the same seed and name. */
function fraction(spec: FillerSpec, name: string): number {
  return createHash('sha256').update(`${spec.seed} ${name}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** Words of eight letters, one for each value of a byte. */
const WORDS = BigUint64Array.from({ length: 256 }, (_, value) =>
  createHash('sha256')
    .update(`word ${value}`)
    .digest('hex')
    .slice(0, 7)
    .concat(' ')
    .split('')
    .reduceRight((word, letter) => (word << 8n) | BigInt(letter.charCodeAt(0)), 0n),
);

/**
 * Bytes that are the same for the same seed, entry and, for the first `changed` entries, generation; no two entries share
 * any. Made as they are read: any size takes no memory.
 */
export function fillerStream(spec: FillerSpec, index: number): Readable {
  const generation = index < spec.changed ? spec.generation : 0;
  const key = createHash('sha256').update(`${spec.seed} ${index} ${generation}`).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const text = isText(spec, index);
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
      if (!text) {
        this.push(cipher.update(length === PIECE ? ZEROS : ZEROS.subarray(0, length)));
        return;
      }
      const chosen = cipher.update(ZEROS.subarray(0, Math.ceil(length / 8)));
      const words = new BigUint64Array(chosen.length);
      for (let at = 0; at < chosen.length; at += 1) words[at] = WORDS[chosen[at] ?? 0] ?? 0n;
      this.push(Buffer.from(words.buffer, 0, length));
    },
  });
}
