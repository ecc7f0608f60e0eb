import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { failure } from '../../failure.ts';

const LOCAL = 0x04034b50;
const DIRECTORY = 0x02014b50;
const END = 0x06054b50;
/** Kept back: descriptor, directory entry and end of a zip with one entry always lie within it. */
const TAIL = 128 * 1024;

/**
 * The one file in a zip, as a stream, never held whole: a server that offers no download of a single file wraps it so.
 * Its size is often told only at the zip's end, so the last part is kept back until the directory has been read. Size and
 * CRC-32 must agree, else the stream fails with `Unavailable`: it was cut or spoiled on the way.
 */
export function unzipOne(zip: Readable, what: string): Readable {
  return Readable.from(unzip(zip, what), { objectMode: false });
}

async function* unzip(zip: Readable, what: string): AsyncGenerator<Buffer> {
  const broken = (why: string) => failure('Unavailable', `the download of ${what} is not whole: ${why}`);
  let kept: Buffer = Buffer.alloc(0);
  let header: { readonly deflated: boolean } | undefined;
  /** Bytes of the entry's data that were given on. */
  let given = 0;
  const inflater = createInflateRaw();
  const inflated = collect(inflater);
  let crc = 0;
  let size = 0;
  const count = (chunk: Buffer): Buffer => {
    crc = crc32(chunk, crc);
    size += chunk.length;
    return chunk;
  };
  try {
    for await (const chunk of zip as AsyncIterable<Buffer>) {
      kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      if (header === undefined) {
        if (kept.length < 30) continue;
        if (kept.readUInt32LE(0) !== LOCAL) throw broken('it is no zip');
        const start = 30 + kept.readUInt16LE(26) + kept.readUInt16LE(28);
        if (kept.length < start) continue;
        header = { deflated: kept.readUInt16LE(8) === 8 };
        kept = kept.subarray(start);
      }
      if (kept.length <= TAIL) continue;
      const part = kept.subarray(0, kept.length - TAIL);
      kept = kept.subarray(kept.length - TAIL);
      given += part.length;
      if (header.deflated) for (const each of await inflated.write(part)) yield count(each);
      else yield count(part);
    }
    if (header === undefined) throw broken('it ended before its first entry');
    const entry = readDirectory(kept);
    if (entry === undefined) throw broken('its directory is missing');
    const rest = entry.packed - given;
    if (rest < 0 || rest > kept.length) throw broken('its sizes do not agree');
    const last = kept.subarray(0, rest);
    if (header.deflated) for (const each of await inflated.end(last)) yield count(each);
    else yield count(last);
    if (size !== entry.size || crc !== entry.crc) throw broken('its size or checksum is wrong');
  } finally {
    inflater.destroy();
  }
}

/** The single entry of the directory that lies at the end of `tail`. */
function readDirectory(tail: Buffer): { crc: number; packed: number; size: number } | undefined {
  for (let at = tail.length - 22; at >= 46; at--) {
    if (tail.readUInt32LE(at) !== END || at + 22 + tail.readUInt16LE(at + 20) !== tail.length) continue;
    for (let place = at - 46; place >= 0; place--) {
      if (tail.readUInt32LE(place) !== DIRECTORY) continue;
      const names = tail.readUInt16LE(place + 28);
      const extra = tail.subarray(place + 46 + names, place + 46 + names + tail.readUInt16LE(place + 30));
      let size = tail.readUInt32LE(place + 24);
      let packed = tail.readUInt32LE(place + 20);
      // Zip64: the true sizes stand in an extra field, in this order, for those that are all ones.
      for (let field = 0; field + 4 <= extra.length; field += 4 + extra.readUInt16LE(field + 2)) {
        if (extra.readUInt16LE(field) !== 1) continue;
        let value = field + 4;
        if (size === 0xffffffff) {
          size = Number(extra.readBigUInt64LE(value));
          value += 8;
        }
        if (packed === 0xffffffff) packed = Number(extra.readBigUInt64LE(value));
      }
      return { crc: tail.readUInt32LE(place + 16), packed, size };
    }
  }
  return undefined;
}

/** Inflates part by part and hands out what came of each, so that a slow reader slows the download down. */
function collect(inflater: ReturnType<typeof createInflateRaw>) {
  let out: Buffer[] = [];
  let problem: Error | undefined;
  inflater.on('data', (chunk: Buffer) => out.push(chunk));
  inflater.on('error', (error) => {
    problem = error;
  });
  const take = (): Buffer[] => {
    if (problem) throw failure('Unavailable', `a download is spoiled: ${problem.message}`, problem);
    const taken = out;
    out = [];
    return taken;
  };
  return {
    write: (chunk: Buffer) =>
      new Promise<void>((resolve) => {
        inflater.write(chunk, () => resolve());
      }).then(take),
    end: (chunk: Buffer) =>
      new Promise<void>((resolve) => {
        inflater.once('end', resolve).once('error', () => resolve());
        inflater.end(chunk);
      }).then(take),
  };
}
