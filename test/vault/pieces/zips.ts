import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';

/** How a writer tells the size of an entry's data. */
export type Telling =
  | 'header'
  | 'zip64 header'
  | 'descriptor'
  | 'descriptor without signature'
  | 'zip64 descriptor'
  | 'zip64 descriptor without signature';

export interface Entry {
  readonly name: Buffer;
  readonly content: Buffer;
  readonly method: 'stored' | 'deflated' | 'unknown';
  readonly encrypted: boolean;
  readonly telling: Telling;
  readonly extra: Buffer;
  readonly comment: Buffer;
  /** Dates differ from one backup to the next where a writer stamps them. */
  readonly stamp: number;
  /** Bytes before its header that belong to nothing. */
  readonly gap: Buffer;
}

export interface Zip {
  readonly before: Buffer;
  readonly entries: readonly Entry[];
  readonly comment: Buffer;
  readonly zip64End: boolean;
  readonly after: Buffer;
}

/** A run of bytes of a written zip, for tests that spoil each kind. */
export interface Region {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

export interface Written {
  readonly bytes: Buffer;
  readonly regions: readonly Region[];
  /** What stands between header and descriptor of each entry. */
  readonly data: readonly Buffer[];
}

const METHODS = { stored: 0, deflated: 8, unknown: 98 } as const;
const u16 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => void bytes.writeUInt16LE(value, 2 * i));
  return bytes;
};
const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => void bytes.writeUInt32LE(value >>> 0, 4 * i));
  return bytes;
};
const u64 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => void bytes.writeBigUInt64LE(BigInt(value), 8 * i));
  return bytes;
};

/** Writes a zip as the model says: every form that writers use, also those that few do. */
export function writeZip(zip: Zip): Written {
  const out: Buffer[] = [];
  const regions: Region[] = [];
  const data: Buffer[] = [];
  let at = 0;
  const put = (kind: string, ...buffers: readonly Buffer[]): void => {
    const bytes = Buffer.concat(buffers);
    if (bytes.length > 0) regions.push({ kind, from: at, to: at + bytes.length });
    out.push(bytes);
    at += bytes.length;
  };
  const directory: Buffer[] = [];
  put('before', zip.before);
  for (const entry of zip.entries) {
    put('gap', entry.gap);
    const offset = at;
    const packed = packedOf(entry);
    const { telling, name, content } = entry;
    const behind = telling.includes('descriptor');
    const crc = crc32(content);
    const flags = (entry.encrypted ? 1 : 0) | (behind ? 8 : 0) | 0x800;
    const field = telling === 'zip64 header' ? Buffer.concat([u16(1, 16), u64(content.length, packed.length)]) : u16();
    const extra = Buffer.concat([field, entry.extra]);
    const shown = behind ? [0, 0, 0] : [crc, packed.length, content.length];
    const sizes = telling === 'zip64 header' ? [crc, 0xffffffff, 0xffffffff] : shown;
    const about = [u16(45, flags, METHODS[entry.method], entry.stamp & 0xffff, entry.stamp >>> 16)];
    put('header', u32(0x04034b50), ...about, u32(...sizes), u16(name.length, extra.length));
    put('name', name);
    put('extra', extra);
    put('data', packed);
    data.push(packed);
    if (behind) {
      const signature = telling.includes('without') ? u16() : u32(0x08074b50);
      const lengths = telling.includes('zip64') ? u64 : u32;
      put('descriptor', signature, u32(crc), lengths(packed.length, content.length));
    }
    directory.push(
      Buffer.concat([
        ...[u32(0x02014b50), u16(45), ...about, u32(crc, packed.length, content.length)],
        ...[u16(name.length, entry.extra.length, entry.comment.length, 0, 0), u32(0, offset)],
        ...[name, entry.extra, entry.comment],
      ]),
    );
  }
  const start = at;
  put('directory', ...directory);
  const length = at - start;
  const count = zip.entries.length;
  if (zip.zip64End) {
    const place = at;
    put('zip64 end', u32(0x06064b50), u64(44), u16(45, 45), u32(0, 0), u64(count, count, length, start));
    put('locator', u32(0x07064b50, 0), u64(place), u32(1));
  }
  put('end', u32(0x06054b50), u16(0, 0, count, count), u32(length, start), u16(zip.comment.length));
  put('comment', zip.comment);
  put('after', zip.after);
  return { bytes: Buffer.concat(out), regions, data };
}

/** Encryption is not done: encrypted bytes are only noise to whoever does not have the key. */
function packedOf(entry: Entry): Buffer {
  const packed = entry.method === 'deflated' ? deflateRawSync(entry.content) : entry.content;
  if (!entry.encrypted) return packed;
  const noise = Buffer.from(packed);
  for (let i = 0; i < noise.length; i++) noise[i] = ((noise[i] ?? 0) * 167 + i * 89 + 13) & 0xff;
  return noise;
}

const HOSTILE = [
  '../../../etc/passwd',
  '/absolute/path',
  'C:\\windows\\path',
  '..',
  '.',
  '',
  'a/../../b',
  'x'.repeat(5000),
  'nul\0inside',
  'CON',
  'skeleton',
  'PK\x03\x04',
].map((name) => Buffer.from(name, 'latin1'));

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Content with what could be taken for the structure of a zip. */
const treacherous: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      bytes(40),
      fc
        .constantFrom('PK\x07\x08', 'PK\x03\x04', 'PK\x01\x02', 'PK\x05\x06', 'PK', 'P')
        .map((each) => Buffer.from(each, 'latin1')),
      fc.nat(300).map((value) => u32(value)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts));

const content: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 3, arbitrary: bytes(600) },
  { weight: 2, arbitrary: treacherous },
  // Long ones, some of which shrink.
  {
    weight: 3,
    arbitrary: fc
      .tuple(bytes(200), fc.integer({ min: 1, max: 200 }), fc.nat())
      .map(([seed, times, salt]) =>
        Buffer.concat(Array.from({ length: times }, (_, i) => Buffer.concat([seed, u32(salt * i)]))),
      ),
  },
);

const entry: fc.Arbitrary<Entry> = fc.record({
  name: fc.oneof(
    fc.constantFrom(...HOSTILE),
    bytes(40),
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(text)),
  ),
  content,
  method: fc.constantFrom('stored', 'deflated', 'deflated', 'unknown'),
  encrypted: fc.boolean(),
  telling: fc.constantFrom<Telling>(
    'header',
    'zip64 header',
    'descriptor',
    'descriptor without signature',
    'zip64 descriptor',
    'zip64 descriptor without signature',
  ),
  extra: fc.oneof(
    fc.constant(Buffer.alloc(0)),
    bytes(30).map((field) => Buffer.concat([u16(0x7075, field.length), field])),
  ),
  comment: bytes(20),
  stamp: fc.nat(0xffffffff),
  gap: fc.oneof({ weight: 5, arbitrary: fc.constant(Buffer.alloc(0)) }, { weight: 1, arbitrary: bytes(50) }),
});

/** Any zip. Some entries come twice, under one name or with one content. */
export const zips: fc.Arbitrary<Zip> = fc
  .record({
    before: fc.oneof({ weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) }, bytes(200), treacherous),
    entries: fc.array(entry, { maxLength: 7 }),
    twice: fc.array(fc.tuple(fc.nat(6), fc.constantFrom('name', 'content', 'both')), { maxLength: 2 }),
    comment: fc.oneof(fc.constant(Buffer.alloc(0)), bytes(60), treacherous),
    zip64End: fc.boolean(),
    after: fc.oneof({ weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) }, bytes(200), treacherous),
  })
  .map(({ twice, entries, ...zip }) => {
    const more = twice.flatMap(([index, what]) => {
      const [one, other] = [entries[index], entries[0]];
      if (one === undefined || other === undefined) return [];
      return [
        {
          ...other,
          ...(what === 'content' ? {} : { name: one.name }),
          ...(what === 'name' ? {} : { content: one.content }),
        },
      ];
    });
    return { ...zip, entries: [...entries, ...more] };
  });

/** Zips as sane writers make them: nothing stands between, before or behind. */
export const saneZips: fc.Arbitrary<Zip> = zips.map((zip) => ({
  ...zip,
  before: Buffer.alloc(0),
  after: Buffer.alloc(0),
  entries: zip.entries.map((one) => ({ ...one, gap: Buffer.alloc(0) })),
}));
