import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, posix, win32 } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import locks from 'fs-native-extensions';
import { createProgress, type Say } from './progress.ts';

/** What decides where the cache is. A field that is left out is taken from this process. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
  readonly home?: string;
}

/** The user's cache folder of Understudy; `UNDERSTUDY_CACHE` names another one. */
export function cacheRoot({
  env = process.env,
  platform = process.platform,
  home = homedir(),
}: Surroundings = {}): string {
  if (env.UNDERSTUDY_CACHE) return env.UNDERSTUDY_CACHE;
  if (platform === 'win32') {
    return win32.join(env.LOCALAPPDATA || win32.join(home, 'AppData', 'Local'), 'understudy', 'Cache');
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'understudy');
  return posix.join(env.XDG_CACHE_HOME || posix.join(home, '.cache'), 'understudy');
}

/**
 * The folder of one version of one program. Platform and processor are part of it, since homes are shared between
 * machines.
 */
export function cacheFolder(program: string, version: string, surroundings: Surroundings = {}): string {
  const { platform = process.platform, arch = process.arch } = surroundings;
  return join(cacheRoot(surroundings), program, `${version}-${platform}-${arch}`);
}

export interface CacheEntry {
  /** For the progress lines: `Temporal CLI 1.8.2`. */
  readonly title: string;
  readonly folder: string;
  /** Path of the executable, relative to the folder. */
  readonly executable: string;
  /** Puts the program into the folder `into`, which is empty and becomes `folder` only when this has succeeded. */
  readonly fill: (into: string) => Promise<void>;
  readonly say: Say;
}

/**
 * Returns the path of the executable in the cache, and fills the entry first where it is missing. A folder under its
 * final name is whole: it was filled under another name and then renamed. Who comes while another fills waits for it;
 * the wait ends with the other process, however that dies.
 */
export async function fromCache(entry: CacheEntry): Promise<string> {
  const path = join(entry.folder, entry.executable);
  if (existsSync(path)) return path;

  await mkdir(dirname(entry.folder), { recursive: true });
  const lock = await open(`${entry.folder}.lock`, 'a+');
  try {
    await waitForLock(lock.fd, entry);
    if (existsSync(path)) return path;
    await removeLeftovers(entry.folder);
    const temporary = await mkdtemp(temporaryPrefix(entry.folder));
    try {
      await entry.fill(temporary);
      if (!existsSync(join(temporary, entry.executable))) {
        throw new Error(`${entry.title}: ${entry.executable} is missing in what was fetched`);
      }
      await rm(entry.folder, { recursive: true, force: true });
      await rename(temporary, entry.folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return path;
  } finally {
    await lock.close();
  }
}

async function waitForLock(fd: number, { title, say }: CacheEntry): Promise<void> {
  if (locks.tryLock(fd)) return;
  const progress = createProgress(title, 'waiting for another process that is getting it', say);
  try {
    while (!locks.tryLock(fd)) await sleep(250);
  } finally {
    progress.end();
  }
}

const temporaryPrefix = (folder: string): string => `${folder}.tmp-`;

/** What a killed process left half filled. Only the holder of the lock may do this. */
async function removeLeftovers(folder: string): Promise<void> {
  const prefix = basename(temporaryPrefix(folder));
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(prefix)) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}
