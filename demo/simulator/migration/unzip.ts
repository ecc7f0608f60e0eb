import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise } from 'yauzl';
import { MANIFEST_ENTRY, type PackageManifest, parseEntry } from './package.ts';

/** The file is no package of this product, or a damaged one. */
export class BadPackage extends Error {
  override name = 'BadPackage';
}

async function text(entry: Entry, open: (entry: Entry) => Promise<NodeJS.ReadableStream>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await open(entry)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** Reads the manifest of a package; `BadPackage` when the file is none. */
export async function readManifest(path: string): Promise<PackageManifest> {
  try {
    const zip = await openPromise(path);
    try {
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName !== MANIFEST_ENTRY) continue;
        const manifest = JSON.parse(await text(entry, (each) => zip.openReadStreamPromise(each))) as PackageManifest;
        if (manifest.format !== 'fme-flow-configuration') break;
        return manifest;
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    throw new BadPackage('The file is not a valid backup file.', { cause });
  }
  throw new BadPackage('The file is not a valid backup file: it has no manifest.');
}

/** Checks the CRC of what flows through against the zip's directory. */
function checked(entry: Entry): Transform {
  let crc = 0;
  return new Transform({
    highWaterMark: 256 * 1024,
    transform(piece: Buffer, _encoding, done) {
      crc = crc32(piece, crc);
      done(null, piece);
    },
    flush(done) {
      done(crc === entry.crc32 ? null : new BadPackage(`The entry "${entry.fileName}" is damaged.`));
    },
  });
}

/** An entry of a package and the file its bytes were unpacked into. */
export interface Unzipped {
  name: string;
  file: string;
}

/** Unpacks a package into a folder, one numbered file per entry; filler is checked and thrown away. */
export async function unzip(path: string, folder: string, signal: AbortSignal): Promise<Unzipped[]> {
  const unzipped: Unzipped[] = [];
  try {
    const zip = await openPromise(path);
    try {
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName.endsWith('/')) continue;
        const file = join(folder, String(unzipped.length));
        const filler = parseEntry(entry.fileName).type === 'filler';
        const sink = filler ? new Writable({ write: (_piece, _encoding, done) => done() }) : createWriteStream(file);
        await pipeline(await zip.openReadStreamPromise(entry), checked(entry), sink, { signal });
        if (!filler) unzipped.push({ name: entry.fileName, file });
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (signal.aborted || cause instanceof BadPackage) throw cause;
    throw new BadPackage(`The file is not a valid backup file: ${(cause as Error).message}`, { cause });
  }
  return unzipped;
}
