/** Signatures of the records of a zip (APPNOTE 4.3), little-endian. */
export const LOCAL = 0x04034b50;
export const DESCRIPTOR = 0x08074b50;
export const CENTRAL = 0x02014b50;
const EXTRA_DATA = 0x08064b50;
const SIGNATURE = 0x05054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END = 0x06054b50;
/** What a zip that was cut into one part, or none, may begin with. */
const MARKERS: readonly number[] = [DESCRIPTOR, 0x30304b50];

/** Records that may follow an entry, and at which a walk that lost its way finds it again. */
const LANDMARKS: ReadonlySet<number> = new Set([LOCAL, CENTRAL, EXTRA_DATA, END64, END]);

export const isLandmark = (signature: number): boolean => LANDMARKS.has(signature);

/** Longer ones of the kinds that have a length of 4 or 8 bytes are no records of a zip, but chance. */
const LONGEST = 1 << 20;
/** A method above it, or a needed version above it, is chance. */
const HIGHEST = 100;

export interface ZipRecord {
  /** Whole, from its signature on. */
  readonly length: number;
  /** A local header: how long the data behind it is, undefined where only a descriptor behind that tells. */
  readonly data?: number | undefined;
  readonly local: boolean;
}

/**
 * What begins at `at`: a record, `more` where it cannot be told without more bytes, `none` where no record begins there.
 * `first` is the very beginning of a file. A local header is only told when its extra fields are there as well.
 */
export function recordAt(bytes: Buffer, at: number, first: boolean): ZipRecord | 'more' | 'none' {
  const there = bytes.length - at;
  if (there < 4) return 'more';
  const signature = bytes.readUInt32LE(at);
  const known = (needed: number, length: () => number): ZipRecord | 'more' | 'none' => {
    if (there < needed) return 'more';
    const value = length();
    return value <= LONGEST ? { length: value, local: false } : 'none';
  };
  switch (signature) {
    case LOCAL:
      return localAt(bytes, at);
    case CENTRAL:
      return known(46, () => 46 + sum16(bytes, at + 28, at + 30, at + 32));
    case END:
      return known(22, () => 22 + sum16(bytes, at + 20));
    case END64:
      return known(12, () => 12 + Number(bytes.readBigUInt64LE(at + 4)));
    case LOCATOR64:
      return known(20, () => 20);
    case EXTRA_DATA:
      return known(8, () => 8 + bytes.readUInt32LE(at + 4));
    case SIGNATURE:
      return known(6, () => 6 + sum16(bytes, at + 4));
    default:
      return first && MARKERS.includes(signature) ? { length: 4, local: false } : 'none';
  }
}

const sum16 = (bytes: Buffer, ...places: readonly number[]): number =>
  places.reduce((sum, place) => sum + bytes.readUInt16LE(place), 0);

function localAt(bytes: Buffer, at: number): ZipRecord | 'more' | 'none' {
  if (bytes.length - at < 30) return 'more';
  const plausible = (bytes[at + 4] ?? 0) <= HIGHEST && bytes.readUInt16LE(at + 8) <= HIGHEST;
  if (!plausible) return 'none';
  const names = at + 30 + bytes.readUInt16LE(at + 26);
  const end = names + bytes.readUInt16LE(at + 28);
  if (bytes.length < end) return 'more';
  const record = { length: end - at, local: true };
  // Sizes may stand in the header as well, but only the descriptor behind the data is sure to tell.
  if (bytes.readUInt16LE(at + 6) & 8) return { ...record, data: undefined };
  const size = bytes.readUInt32LE(at + 18);
  if (size !== 0xffffffff) return { ...record, data: size };
  const wide = bytes.readUInt32LE(at + 22) === 0xffffffff ? 8 : 0;
  const long = zip64Field(bytes.subarray(names, end), wide);
  return long === undefined ? 'none' : { ...record, data: long };
}

/** The packed size in the zip64 field of a local header's extra fields; it stands behind the full size. */
function zip64Field(extra: Buffer, offset: number): number | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) !== 1 || length < offset + 8 || at + 4 + length > extra.length) continue;
    const value = extra.readBigUInt64LE(at + 4 + offset);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  }
  return undefined;
}
