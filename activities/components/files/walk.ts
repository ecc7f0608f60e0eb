import { createHash } from 'node:crypto';
import { type BigIntStats, constants, createReadStream } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { failure } from '../../failure.ts';
import type { Item, Meta } from './item.ts';

/** Remembers the digests of contents that were read before. Asked in the order of the walk. */
export interface Contents {
  find(path: string, stat: BigIntStats): Promise<string | undefined>;
  keep(path: string, stat: BigIntStats, digest: string, readAt: number): Promise<void>;
}

/** Directory entries that are looked up, and files that are read, at once. */
const BATCH = 32;
/** Below this a file is read at once instead of as a stream, which costs more than the reading. */
const SMALL = 256 * 1024;

interface Entry {
  readonly path: string;
  readonly stat: BigIntStats;
}

const bytesOf = (root: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(root), Buffer.from(path === '' ? '' : `/${path}`, 'latin1')]);

const metaOf = (stat: BigIntStats): Meta => ({
  mode: stat.isSymbolicLink() ? 0 : Number(stat.mode & 0o7777n),
  uid: stat.uid,
  gid: stat.gid,
  mtime: stat.mtimeNs,
});

/** As the kernel packs them (`man 3 makedev`). */
const device = (rdev: bigint): { major: number; minor: number } => ({
  major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
  minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
});

async function contentOf(file: Buffer, stat: BigIntStats, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (stat.size <= SMALL) hash.update(await handle.readFile());
    else
      for await (const chunk of createReadStream(file, { fd: handle, autoClose: false, highWaterMark: SMALL, signal }))
        hash.update(chunk as Buffer);
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** What vanishes between the listing of a directory and the look at it was deleted: that is no error in a live tree. */
const unlessGone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT') return undefined;
  throw error;
};

/**
 * Every item below `root`, itself first, depth first, names in the order of their bytes: the order in which GNU tar with
 * `--sort=name` stores them, so that of several hard links both take the same one for the first. Sockets are left out.
 * Without `contents` files are not read, and their digest is empty. Errors: `Refused` (mount points).
 */
export async function* walk(root: string, signal: AbortSignal, contents?: Contents): AsyncGenerator<Item> {
  const links = new Map<string, string>();
  const top = await lstat(root, { bigint: true });

  async function* directory(path: string, stat: BigIntStats): AsyncGenerator<Item> {
    signal.throwIfAborted();
    if (stat.dev !== top.dev)
      throw failure(
        'Refused',
        `${root}/${path} is a mount point: a tree is exchanged as one directory. Protect it as a component of its own.`,
      );
    yield { type: 'directory', path, meta: metaOf(stat) };
    const names = (await readdir(bytesOf(root, path), { encoding: 'buffer' }).catch(unlessGone)) ?? [];
    names.sort(Buffer.compare);
    for (let at = 0; at < names.length; at += BATCH) {
      const paths = names
        .slice(at, at + BATCH)
        .map((name) => `${path === '' ? '' : `${path}/`}${name.toString('latin1')}`);
      const stats = await Promise.all(
        paths.map((each) => lstat(bytesOf(root, each), { bigint: true }).catch(unlessGone)),
      );
      // Files that follow each other without a directory in between are read together, and told in their order.
      let files: Entry[] = [];
      for (const [index, each] of paths.entries()) {
        const found = stats[index];
        if (!found || found.isSocket()) continue;
        if (found.isDirectory()) {
          yield* told(files);
          files = [];
          yield* directory(each, found);
        } else files.push({ path: each, stat: found });
      }
      yield* told(files);
    }
  }

  async function* told(entries: readonly Entry[]): AsyncGenerator<Item> {
    const items: (() => Promise<Item | undefined>)[] = [];
    for (const entry of entries) items.push(await begin(entry));
    for (const [index, item] of (await Promise.all(items.map((each) => each()))).entries()) {
      const { path, stat } = entries[index] as Entry;
      if (item?.type === 'file' && contents) await contents.keep(path, stat, item.content, started.get(path) ?? 0);
      if (item) yield item;
    }
    started.clear();
  }

  /** When a file's content began to be read; absent where it was known before. */
  const started = new Map<string, number>();

  /** What must happen in order happens at once; what may happen beside others is returned. */
  async function begin({ path, stat }: Entry): Promise<() => Promise<Item | undefined>> {
    const meta = metaOf(stat);
    if (stat.nlink > 1n) {
      const first = links.get(`${stat.ino}`);
      if (first !== undefined) return async () => ({ type: 'hardlink', path, target: first });
      links.set(`${stat.ino}`, path);
    }
    if (stat.isFIFO()) return async () => ({ type: 'fifo', path, meta });
    if (stat.isBlockDevice()) return async () => ({ type: 'block', path, meta, ...device(stat.rdev) });
    if (stat.isCharacterDevice()) return async () => ({ type: 'character', path, meta, ...device(stat.rdev) });
    if (stat.isSymbolicLink())
      return async () => {
        const target = await readlink(bytesOf(root, path), { encoding: 'buffer' }).catch(unlessGone);
        return target && { type: 'symlink', path, meta, target: target.toString('latin1') };
      };
    const known = contents ? await contents.find(path, stat) : '';
    if (known !== undefined) return async () => ({ type: 'file', path, meta, size: stat.size, content: known });
    return async () => {
      started.set(path, Date.now());
      const content = await contentOf(bytesOf(root, path), stat, signal).catch(unlessGone);
      return content === undefined ? undefined : { type: 'file', path, meta, size: stat.size, content };
    };
  }

  yield* directory('', top);
}
