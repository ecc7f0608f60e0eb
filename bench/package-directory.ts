import { openPromise } from 'yauzl';

/** What a package's own directory says of its entries, by name. Sizes in bytes. */
export type Directory = ReadonlyMap<
  string,
  {
    readonly crc: number;
    readonly packed: number;
    /** With its headers, about. */
    readonly span: number;
  }
>;

export async function readDirectory(path: string): Promise<Directory> {
  const zip = await openPromise(path);
  const found = new Map<string, { crc: number; packed: number; span: number }>();
  try {
    for await (const { fileName, crc32, compressedSize, fileNameLength } of zip.eachEntry()) {
      // A local and a central header, each with the name.
      const span = compressedSize + 30 + 46 + 2 * fileNameLength;
      found.set(fileName, { crc: crc32, packed: compressedSize, span });
    }
  } finally {
    zip.close();
  }
  return found;
}

/** Size of the whole package, about. */
export const sizeOf = (directory: Directory): number =>
  [...directory.values()].reduce((sum, entry) => sum + entry.span, 0);

/** Entries whose content is new or another, and their compressed size. */
export function changedBetween(before: Directory, after: Directory): { entries: number; bytes: number } {
  const changed = [...after].filter(([name, entry]) => before.get(name)?.crc !== entry.crc);
  return { entries: changed.length, bytes: changed.reduce((sum, [, entry]) => sum + entry.packed, 0) };
}
