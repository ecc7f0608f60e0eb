import { execFile } from 'node:child_process';
import { lstat, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '../../../model/finding.ts';
import { childEnvironment } from '../../run/child-environment.ts';
import { besideOf } from './generations.ts';
import { shown } from './item.ts';
import { mountsBelow } from './mounts.ts';
import { walk } from './walk.ts';

const execute = promisify(execFile);
/** Longer paths cannot be named to the kernel in one piece; a new generation is built 40 bytes deeper. */
const LONGEST = 4_096 - 64;

/** Why this machine cannot protect a tree, or undefined. `--sort` came with GNU tar 1.28, ACLs and attributes with 1.27. */
export async function whyNotHere(platform: NodeJS.Platform = process.platform): Promise<string | undefined> {
  if (platform !== 'linux')
    return `components of kind files work on Linux only, and this is ${platform}: elsewhere owners, links, holes and attributes would not all survive. A component of kind command can do it your way.`;
  try {
    const { stdout } = await execute('tar', ['--version'], { env: childEnvironment({ LC_ALL: 'C' }) });
    const [, major, minor] = /^tar \(GNU tar\) (\d+)\.(\d+)/.exec(stdout) ?? [];
    if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 28)) return undefined;
    return `GNU tar 1.28 or later is needed, and tar is ${stdout.split('\n')[0]}. On Debian: apt-get install tar`;
  } catch {
    return 'GNU tar is needed and was not found. On Debian: apt-get install tar';
  }
}

interface Seen {
  items: number;
  bytes: bigint;
  foreign?: string;
  long?: string;
}

interface Owner {
  readonly uid: bigint;
  readonly groups: ReadonlySet<bigint>;
}
const self = (): Owner => ({
  uid: BigInt(process.getuid?.() ?? 0),
  groups: new Set([process.getgid?.() ?? 0, ...(process.getgroups?.() ?? [])].map(BigInt)),
});

async function look(path: string, signal: AbortSignal, { uid, groups }: Owner): Promise<Seen> {
  const seen: Seen = { items: 0, bytes: 0n };
  for await (const item of walk(path, signal)) {
    seen.items++;
    if (item.type === 'file') seen.bytes += item.size;
    if (path.length + item.path.length > LONGEST) seen.long ??= shown(item.path);
    if (uid !== 0n && 'meta' in item && (item.meta.uid !== uid || !groups.has(item.meta.gid)))
      seen.foreign ??= shown(item.path);
  }
  return seen;
}

/** Everything that a backup and a restore of the tree need, without changing anything. Only a standby may be without it. */
export async function checkTree(
  path: string,
  signal: AbortSignal,
  { active = false, owner = self() }: { readonly active?: boolean; readonly owner?: Owner } = {},
): Promise<readonly Finding[]> {
  const error = (topic: string, says: string, todo: string): Finding => ({ level: 'error', topic, says, todo });
  const unsupported = await whyNotHere();
  if (unsupported) return [error('platform', unsupported, 'Use another kind of component for this machine.')];
  if (!isAbsolute(path)) return [error('path', `${path} is not an absolute path.`, 'Write the whole path.')];

  const findings: Finding[] = [];
  const parent = await stat(dirname(path)).catch(() => undefined);
  if (!parent?.isDirectory())
    return [error('path', `There is no folder ${dirname(path)}.`, 'Make it, or correct the path.')];
  const found = await lstat(path).catch(() => undefined);
  if (!found && active) {
    const says = `There is no directory ${path}, and this site is the active one: there is nothing to back up.`;
    return [error('path', says, 'Mount its disk, or correct the path.')];
  }
  if (!found)
    findings.push({ level: 'note', topic: 'path', says: `${path} does not exist yet; the first restore makes it.` });
  else if (!found.isDirectory())
    return [error('path', `${path} is not a directory.`, 'Name the directory itself, not a link to it.')];

  const mounts = await mountsBelow(path);
  if (mounts.length > 0)
    findings.push(
      error(
        'mounts',
        `${mounts.join(', ')} ${mounts.length === 1 ? 'is a mount point' : 'are mount points'}: the tree is exchanged as one directory.`,
        'Choose a directory below the mount point, and make what is mounted in the tree a component of its own.',
      ),
    );
  const marks = besideOf(path);
  if (!(await readdir(marks).catch(() => undefined)))
    findings.push({
      level: 'note',
      topic: 'identity',
      says: `${marks} does not exist yet.`,
      todo: 'Run "understudy setup".',
    });

  const seen = found && mounts.length === 0 ? await look(path, signal, owner) : undefined;
  if (seen?.foreign !== undefined)
    findings.push(
      error(
        'owner',
        `${seen.foreign} has another owner or group than this worker, and only root can bring those back.`,
        'Run the site workers as root, or give the tree to their user.',
      ),
    );
  if (seen?.long !== undefined)
    findings.push(error('names', `The path of ${seen.long} is too long to be restored.`, 'Shorten it.'));
  const disk = await statfs(dirname(path), { bigint: true });
  const free = disk.bavail * disk.bsize;
  const needed = (seen?.bytes ?? 0n) * 2n;
  const beside = seen ? `a tree of ${gigabytes(seen.bytes)} in ${seen.items} items` : 'a tree that is not there yet';
  const room = `${gigabytes(free)} free beside ${beside}`;
  findings.push(
    free < needed
      ? {
          level: 'warning',
          topic: 'room',
          says: room,
          todo: 'A restore builds a second tree, and keeps the former one for a while: make room for both.',
        }
      : { level: 'ok', topic: 'room', says: room },
  );
  return findings;
}

const gigabytes = (bytes: bigint): string => `${(Number(bytes) / 1e9).toFixed(1)} GB`;
