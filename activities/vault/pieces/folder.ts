import { createHash } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { equals, openPiece, type PieceReader, writeAll, writePiece } from './piece-files.ts';
import { folderFailure } from './space.ts';
import { openTrust } from './trust.ts';

/** A piece whose content is in memory. */
export interface Piece {
  /** SHA-256 of its content: its name. */
  readonly hash: string;
  readonly size: number;
  readonly bytes: readonly Buffer[];
}

export type Put = 'trusted' | 'compared' | 'written';

/**
 * The pieces of one package, and its skeleton, as files that stay untouched for as long as they are needed: their times tell
 * restic that it need not read them again. `tree` holds nothing else and is what is stored. No name in it comes from a
 * package: pieces are named by their SHA-256, the skeleton by that of the whole.
 *
 * It may be lost or damaged at any time. A file is put in its place by a rename, whole; it is used without another look only
 * while it is as it was when its content was known (see `Trust`), and is compared or read again otherwise.
 */
export interface PieceFolder {
  readonly tree: string;
  /** Sees to it that the piece is there and right: it was, as far as can be told without reading it, or it was read, or written. */
  put(piece: Piece): Promise<Put>;
  /** Writes a skeleton under a name that is not known before its end. */
  beginSkeleton(): Promise<{
    write(bytes: Buffer): Promise<void>;
    keep(whole: string): Promise<{ readonly size: number; readonly written: boolean }>;
    drop(): Promise<void>;
  }>;
  /** Whether it is there and can be used without another look. */
  hasPiece(hash: string, size: number): boolean;
  /** Whether its bytes are what its name says, whatever can be told otherwise. */
  isWhole(hash: string): Promise<boolean>;
  /** `hasPiece`, or `isWhole` where that cannot be told. */
  recheckPiece(hash: string, size: number): Promise<boolean>;
  hasSkeleton(whole: string): boolean;
  pathOf(hash: string): string;
  skeletonPath(whole: string): string;
  /** Its bytes, which nobody has compared with its name. */
  openPiece(hash: string): PieceReader;
  /** Removes all but these, and remembers what can be trusted. */
  sweep(whole: string, hashes: ReadonlySet<string>): Promise<void>;
  /** Removes what was written since it was opened: when the disk is full, others need the room. */
  undo(): Promise<void>;
  /** Takes nothing in it for right any more. */
  distrust(): Promise<void>;
}

/** Sorts before all pieces, so that it comes first out of a vault. */
export const SKELETONS = '.skeleton';

export async function openPieceFolder(folder: string): Promise<PieceFolder> {
  const [tree, next] = [join(folder, 'tree'), join(folder, 'next')];
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw folderFailure(error, folder);
    }
  };
  await guarded(async () => {
    // What a killed attempt has left half-written.
    await rm(next, { recursive: true, force: true });
    for (const one of [tree, next]) await mkdir(one, { recursive: true, mode: 0o700 });
  });
  const marks = join(folder, 'trusted.json');
  const trust = await openTrust(marks);
  const wrote = new Set<string>();
  const underWay = new Map<string, Promise<Put>>();
  let number = 0;
  let distrusted = false;
  // Pieces of attempts that came to no end: the folder never holds more than the last package and the one under way.
  await guarded(() => removeOthers(tree, (name) => trust.names.has(name)));

  const pathOf = (hash: string): string => join(tree, hash.slice(0, 2), hash.slice(2));
  const skeletonPath = (whole: string): string => join(tree, SKELETONS, whole);
  const inPlace = async (temporary: string, path: string): Promise<void> => {
    try {
      renameSync(temporary, path);
    } catch {
      // Something else stands there, a folder for instance.
      await rm(path, { recursive: true, force: true });
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
      renameSync(temporary, path);
    }
    wrote.add(path);
  };

  const isWhole = async (hash: string): Promise<boolean> => {
    const bytes = await readFile(pathOf(hash));
    return createHash('sha256').update(bytes).digest('hex') === hash;
  };
  const write = async ({ hash, size, bytes }: Piece): Promise<Put> => {
    const path = pathOf(hash);
    if (trust.trusts(hash, path, size)) return 'trusted';
    if (await equals(path, size, bytes)) {
      trust.mark(hash, path);
      return 'compared';
    }
    const temporary = join(next, String(++number));
    await writePiece(temporary, size, bytes);
    await inPlace(temporary, path);
    trust.mark(hash, path);
    return 'written';
  };

  return {
    tree,
    pathOf,
    skeletonPath,
    hasPiece: (hash, size) => trust.trusts(hash, pathOf(hash), size),
    hasSkeleton: (whole) => trust.trusts(`${SKELETONS}${whole}`, skeletonPath(whole)),
    put(piece) {
      // The same bytes twice in one package are one piece.
      const running = underWay.get(piece.hash);
      if (running !== undefined) return running;
      const writing = guarded(() => write(piece)).finally(() => underWay.delete(piece.hash));
      underWay.set(piece.hash, writing);
      return writing;
    },
    async beginSkeleton() {
      const temporary = join(next, String(++number));
      const file = await guarded(() => open(temporary, 'wx', 0o600));
      return {
        write: (bytes) => guarded(() => writeAll(file, [bytes])),
        keep: (whole) =>
          guarded(async () => {
            await file.close();
            const { size } = await lstat(temporary);
            const path = skeletonPath(whole);
            const same = await sameFiles(temporary, path);
            if (same) await rm(temporary);
            else await inPlace(temporary, path);
            trust.mark(`${SKELETONS}${whole}`, path);
            return { size, written: !same };
          }),
        async drop() {
          await file.close().catch(() => {});
          await rm(temporary, { force: true }).catch(() => {});
        },
      };
    },
    openPiece: (hash) => openPiece(pathOf(hash), (error) => folderFailure(error, folder)),
    isWhole: (hash) => guarded(() => isWhole(hash)),
    recheckPiece: (hash, size) =>
      guarded(async () => {
        if (trust.trusts(hash, pathOf(hash), size)) return true;
        const found = await lstat(pathOf(hash)).catch(() => undefined);
        if (!found?.isFile() || found.size !== size || !(await isWhole(hash))) return false;
        trust.mark(hash, pathOf(hash));
        return true;
      }),
    sweep: (whole, hashes) =>
      guarded(async () => {
        await removeOthers(tree, (name) => name === `${SKELETONS}${whole}` || hashes.has(name));
        await trust.save([`${SKELETONS}${whole}`, ...hashes]);
        // Whoever put it together meanwhile has found something wrong.
        if (distrusted) await rm(marks, { force: true });
        wrote.clear();
      }),
    async undo() {
      for (const path of wrote) await rm(path, { force: true }).catch(() => {});
      await rm(next, { recursive: true, force: true }).catch(() => {});
      wrote.clear();
    },
    distrust() {
      distrusted = true;
      return rm(marks, { force: true });
    },
  };
}

/** Keeps the files whose folder and name, joined, are to be kept. */
async function removeOthers(tree: string, keep: (name: string) => boolean): Promise<void> {
  for (const first of await readdir(tree)) {
    const names = await readdir(join(tree, first)).catch(() => undefined);
    const others = names?.filter((name) => !keep(first + name)) ?? [];
    if (others.length === (names?.length ?? 0)) await rm(join(tree, first), { recursive: true, force: true });
    else for (const name of others) await rm(join(tree, first, name), { recursive: true, force: true });
  }
}

/** Skeletons are small. */
async function sameFiles(one: string, other: string): Promise<boolean> {
  const bytes = await readFile(one);
  return equals(other, bytes.length, [bytes]);
}
