import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import extensions from 'fs-native-extensions';
import { failure } from '../../failure.ts';
import { mountsBelow } from './mounts.ts';

/** Folder beside a tree for what belongs to it and is no part of it: same parent, hence the same file system. */
export const besideOf = (path: string): string => join(dirname(path), `${basename(path)}.understudy`);

export interface Generations {
  /** An empty folder for a new generation; leftovers of attempts that died are removed before. */
  begin(): Promise<string>;
  /** Puts the new generation in the place of the tree, atomically; the former one is kept as `previous`. */
  exchange(generation: string): Promise<void>;
  /** Removes unfinished generations and the previous one. */
  clean(): Promise<void>;
}

/**
 * Generations of a tree. Whatever is found beside the tree after a crash is either an unfinished new generation or one that
 * was replaced already, since they change places in one step of the file system: so it may be removed, and the next attempt
 * begins anew.
 */
export function createGenerations(path: string): Generations {
  const beside = besideOf(path);
  const previous = join(beside, 'previous');

  const leftovers = async (): Promise<string[]> =>
    (await readdir(beside).catch(() => []))
      .filter((name) => /^(next|probe)-/.test(name))
      .map((name) => join(beside, name));

  return {
    async begin() {
      await mkdir(beside, { recursive: true, mode: 0o700 });
      await assertMovable(path, beside);
      for (const leftover of await leftovers()) await removeTree(leftover);
      await assertExchangeable(beside);
      const generation = join(beside, `next-${randomBytes(6).toString('hex')}`, 'tree');
      // Its parent lets nobody else in, whatever permissions the tree itself gets before all of it is there.
      await mkdir(dirname(generation), { mode: 0o700 });
      await mkdir(generation);
      return generation;
    },

    async exchange(generation) {
      await assertMovable(path, beside);
      const exists = await lstat(path).then(
        () => true,
        () => false,
      );
      try {
        if (exists) await extensions.swap(generation, path);
        else await rename(generation, path);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw failure(
          'Refused',
          `${path} could not be exchanged with its new generation: ${code}. It is as it was.`,
          error,
        );
      }
      await syncFolder(dirname(path));
      await syncFolder(dirname(generation));
      if (exists) {
        await removeTree(previous);
        await rename(generation, previous);
      }
      await removeTree(dirname(generation));
    },

    async clean() {
      for (const leftover of await leftovers()) await removeTree(leftover);
      await removeTree(previous);
    },
  };
}

/** Errors: `Refused`, when the tree cannot change places with a directory beside it. */
async function assertMovable(path: string, beside: string): Promise<void> {
  const mounts = await mountsBelow(path);
  if (mounts.length > 0)
    throw failure(
      'Refused',
      `${mounts[0]} is a mount point, so ${path} cannot be exchanged as one directory. Choose a directory below a mount point as the tree, and make what is mounted in it a component of its own.`,
    );
  const found = await lstat(path).catch(() => undefined);
  if (found && !found.isDirectory())
    throw failure(
      'Refused',
      `${path} is not a directory${found.isSymbolicLink() ? ' but a symbolic link: name the directory that it leads to' : ''}.`,
    );
  if ((await lstat(dirname(path))).dev !== (await lstat(beside)).dev)
    throw failure(
      'Refused',
      `${beside} is on another file system than ${path}: it must be an ordinary folder beside it.`,
    );
}

/** Asks the file system itself whether it exchanges two names atomically, before anything is changed. */
async function assertExchangeable(beside: string): Promise<void> {
  const probe = join(beside, `probe-${randomBytes(6).toString('hex')}`);
  await mkdir(join(probe, 'a'), { recursive: true });
  await mkdir(join(probe, 'b'));
  await writeFile(join(probe, 'a', 'is'), 'a');
  try {
    await extensions.swap(join(probe, 'a'), join(probe, 'b'));
    await readFile(join(probe, 'b', 'is'));
  } catch (error) {
    throw failure(
      'Refused',
      `the file system of ${beside} cannot exchange two directories in one step (${(error as NodeJS.ErrnoException).code ?? 'no'}). Ext4, XFS, Btrfs, tmpfs and ZFS 2.2 can.`,
      error,
    );
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** A rename is safe from a loss of power only when its folder was written. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a tree, also one with folders that deny their own owner to write; never what is mounted in it. */
async function removeTree(path: string): Promise<void> {
  const mounts = await mountsBelow(path);
  if (mounts.length > 0)
    throw failure('Refused', `${mounts[0]} is mounted in ${path}, which is to be removed. Unmount it.`);
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    await openFolders(Buffer.from(path));
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openFolders(folder: Buffer): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' }))
    if (entry.isDirectory()) await openFolders(Buffer.concat([folder, Buffer.from('/'), entry.name]));
}
