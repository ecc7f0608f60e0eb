import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { cp, lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Trees that a Linux machine has; the first with enough files is copied and protected by the demo. */
const CANDIDATES = ['/usr/share/man', '/usr/include', '/usr/share/doc', '/usr/share', '/usr/lib', '/usr'];
const ENOUGH = 10_000;

/** Chooses a tree of 10,000 files or more. */
export async function chooseTree(asked: string | undefined): Promise<string> {
  if (asked) return asked;
  for (const folder of CANDIDATES) {
    const { files } = await countFiles(folder, ENOUGH).catch(() => ({ files: 0 }));
    if (files >= ENOUGH) return folder;
  }
  throw new Error(`none of ${CANDIDATES.join(', ')} has ${ENOUGH} files; name a folder with --files DIR`);
}

/** Files below a folder, links and special files not counted; stops counting at `limit`. */
export async function countFiles(folder: string, limit = Number.POSITIVE_INFINITY): Promise<{ files: number }> {
  let files = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && files < limit; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(join(next, entry.name));
      else if (entry.isFile()) files++;
    }
  }
  return { files };
}

/** Fills an empty folder with a copy, times, owners and links as they are: the demo changes nothing outside its own folder. */
export async function copyTree(from: string, to: string): Promise<void> {
  // The system's own program is ten times as quick as Node's; where there is none, Node's does it.
  const copied = await new Promise<boolean>((done) => {
    const child = spawn('cp', ['-a', `${from}/.`, to], { stdio: 'ignore' });
    child.once('error', () => done(false));
    child.once('exit', (code) => done(code === 0));
  });
  if (!copied) await cp(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}

/** Items that are compared at once. */
const AT_ONCE = 64;

/** The first differences between two trees, as a person would list them: kind, mode, owner, time, links, content. */
export async function differences(left: string, right: string, most = 10): Promise<readonly string[]> {
  const found: string[] = [];
  const folders = ['.'];
  for (let folder = folders.pop(); folder !== undefined && found.length < most; folder = folders.pop()) {
    const [names, others] = await Promise.all([readdir(join(left, folder)), readdir(join(right, folder))]);
    const [here, there] = [new Set(names), new Set(others)];
    const inside = (name: string): string => join(folder as string, name);
    found.push(...others.filter((name) => !here.has(name)).map((name) => `${inside(name)} is only in the second`));
    found.push(...names.filter((name) => !there.has(name)).map((name) => `${inside(name)} is only in the first`));
    const both = names.filter((name) => there.has(name)).map(inside);
    for (let at = 0; at < both.length; at += AT_ONCE) {
      const compared = both.slice(at, at + AT_ONCE).map(async (path) => {
        const { difference, isFolder } = await compare(join(left, path), join(right, path));
        if (difference) found.push(`${path}: ${difference}`);
        else if (isFolder) folders.push(path);
      });
      await Promise.all(compared);
    }
  }
  return found.slice(0, most);
}

async function compare(left: string, right: string): Promise<{ difference: string | undefined; isFolder: boolean }> {
  const [a, b] = await Promise.all([lstat(left), lstat(right)]);
  return { difference: await differs(left, right, a, b), isFolder: a.isDirectory() };
}

async function differs(left: string, right: string, a: Stats, b: Stats): Promise<string | undefined> {
  if ((a.mode & 0o170000) !== (b.mode & 0o170000)) return 'of another kind';
  if (a.isSymbolicLink()) return (await readlink(left)) === (await readlink(right)) ? undefined : 'leads elsewhere';
  if (a.mode !== b.mode) return 'other permissions';
  if (a.uid !== b.uid || a.gid !== b.gid) return 'another owner';
  if (Math.abs(a.mtimeMs - b.mtimeMs) > 1) return 'another time';
  if (!a.isFile()) return undefined;
  if (a.size !== b.size) return 'another size';
  return (await sameContent(left, right, a.size)) ? undefined : 'other content';
}

/** Most files are small: those are compared at once, and only large ones piece by piece. */
async function sameContent(left: string, right: string, size: number): Promise<boolean> {
  if (size === 0) return true;
  if (size <= 1 << 20) return (await readFile(left)).equals(await readFile(right));
  const [a, b] = await Promise.all([digest(left), digest(right)]);
  return a === b;
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
