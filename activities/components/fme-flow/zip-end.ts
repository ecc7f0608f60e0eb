/** Enough for the longest comment, the directory's end records and some slack. */
const KEPT = 65_536 + 22 + 20 + 56;
const END = 0x06054b50;
const LOCATOR64 = 0x07064b50;
const END64 = 0x06064b50;

export interface ZipEnd {
  /** Takes each chunk as it passes. */
  add(chunk: Buffer): void;
  readonly bytes: number;
  /** Undefined when the zip's end agrees with its length; else what is wrong. */
  problem(): string | undefined;
}

/**
 * Watches a zip pass by and judges at its end whether it is whole: the end of central directory must be there, and the
 * directory must lie exactly where it says. A cut download, even one that ended as if it were complete, fails this.
 */
export function createZipEnd(): ZipEnd {
  const kept: Buffer[] = [];
  let size = 0;
  let bytes = 0;
  const tail = (): Buffer => {
    const all = Buffer.concat(kept);
    return all.subarray(Math.max(0, all.length - KEPT));
  };
  return {
    add(chunk) {
      bytes += chunk.length;
      // Copied, so that a small tail does not hold on to a large chunk.
      const last = chunk.length > 2 * KEPT ? Buffer.from(chunk.subarray(-KEPT)) : chunk;
      kept.push(last);
      size += last.length;
      for (let first = kept[0]; first && size - first.length >= KEPT; first = kept[0]) {
        kept.shift();
        size -= first.length;
      }
    },
    get bytes() {
      return bytes;
    },
    problem: () => judge(tail(), bytes),
  };
}

function judge(tail: Buffer, total: number): string | undefined {
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END || at + 22 + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const start = total - tail.length;
    let length = tail.readUInt32LE(at + 12);
    let offset = tail.readUInt32LE(at + 16);
    let end = start + at;
    if (at >= 20 && tail.readUInt32LE(at - 20) === LOCATOR64) {
      const place = Number(tail.readBigUInt64LE(at - 12)) - start;
      if (place < 0 || place + 56 > tail.length || tail.readUInt32LE(place) !== END64)
        return 'the end of its 64-bit directory is missing';
      length = Number(tail.readBigUInt64LE(place + 40));
      offset = Number(tail.readBigUInt64LE(place + 48));
      end = start + place;
    }
    return offset + length === end
      ? undefined
      : `its directory should end at byte ${offset + length} and ends at ${end}: bytes are missing or too many`;
  }
  return total === 0 ? 'it is empty' : 'it has no end of directory: it was cut off';
}
