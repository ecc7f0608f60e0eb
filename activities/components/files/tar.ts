import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure } from '../../failure.ts';
import { childEnvironment } from '../../run/child-environment.ts';
import type { Children } from '../../run/children.ts';
import { swallowing } from '../../run/swallowing.ts';

/*
 * The system's GNU tar. It keeps all that a file system knows: nanoseconds, hard links, holes, devices, extended
 * attributes, ACLs, names that are not UTF-8. The archive of an unchanged tree is the same bytes each time, so that a vault
 * deduplicates it: names are sorted, and neither process ids (hence sparse format 0.0) nor access times go into it.
 */

const CREATE = [
  '--create',
  '--format=posix',
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
  '--sort=name',
  '--sparse',
  '--sparse-version=0.0',
  '--numeric-owner',
  '--acls',
  '--xattrs',
  '--xattrs-include=*',
  '--quoting-style=escape',
  '--warning=no-file-ignored',
];
const EXTRACT = [
  '--extract',
  '--numeric-owner',
  '--same-owner',
  '--same-permissions',
  '--delay-directory-restore',
  '--acls',
  '--xattrs',
  '--xattrs-include=*',
  '--quoting-style=escape',
  '--warning=no-timestamp',
];
const MOST_LINES = 200;

/** Messages are read: they are wanted in English. */
const ENGLISH = { LC_ALL: 'C', LANGUAGE: 'C' };

async function start(children: Children, args: readonly string[], signal: AbortSignal) {
  const lines: string[] = [];
  const child = await children.start({
    program: 'tar',
    args,
    env: childEnvironment(ENGLISH),
    signal,
    input: true,
    onLine: (line) => {
      if (lines.length < MOST_LINES) lines.push(line.replace(/^tar: /, ''));
    },
  });
  return { child, lines };
}

const quoted = (lines: readonly string[]): string => lines.slice(0, 5).join('; ') || 'it said nothing';

export interface Packing {
  readonly stream: Readable;
  /** Resolves when tar has ended well, with the files that changed while they were read; rejects otherwise. */
  finish(): Promise<readonly string[]>;
}

/** Packs a tree. `finish` fails with `Refused` when something of it could not be read. */
export async function pack(children: Children, path: string, signal: AbortSignal): Promise<Packing> {
  const { child, lines } = await start(children, [...CREATE, '-C', path, '.'], signal);
  child.stdin?.end();
  child.stdout.once('close', () => {
    // A reader that has gone before the end wants nothing more.
    if (!child.stdout.readableEnded) child.stop().catch(() => {});
  });
  return {
    stream: child.stdout,
    async finish() {
      const { code } = await child.ended;
      const changed: string[] = [];
      const others: string[] = [];
      for (const line of lines) {
        const name = /^(.*): (?:file changed as we read it|File removed before we read it)$/.exec(line)?.[1];
        if (name !== undefined) changed.push(name);
        // A file that became shorter was filled up with zeros: that is no mere change but damage.
        else others.push(line);
      }
      if (code === 0 || (code === 1 && others.length === 0)) return changed;
      if (code === 1)
        throw failure('NotYet', `${path} changed too much while it was read: ${quoted(others)}. It is read again`);
      throw failure('Refused', `tar could not read all of ${path}: ${quoted(others)}`);
    },
  };
}

/** Unpacks an archive into an empty directory. Every complaint of tar is an error: what is not kept is not hidden. */
export async function unpack(
  children: Children,
  archive: Readable,
  through: NodeJS.ReadWriteStream,
  into: string,
  signal: AbortSignal,
): Promise<void> {
  const { child, lines } = await start(children, [...EXTRACT, '-C', into], signal);
  child.stdout.resume();
  // tar goes at the end of the archive, which may be before the end of the stream: that is read on, since a vault says only
  // there whether all of it was right. When tar fails, nothing more is read.
  const early = new AbortController();
  child.ended.then(
    ({ code }) => code === 0 || early.abort(),
    () => early.abort(),
  );
  try {
    await pipeline(archive, through, swallowing(child.stdin as Writable), {
      signal: AbortSignal.any([signal, early.signal]),
    });
  } catch (error) {
    // Otherwise tar would wait for the rest of an archive that does not come.
    child.stdin?.destroy();
    if (!early.signal.aborted) {
      await child.ended;
      throw error;
    }
  }
  const { code } = await child.ended;
  if (lines.some((line) => line.includes('No space left on device')))
    throw failure('NoSpace', `no room is left in ${into}: ${quoted(lines)}. Make room, then answer retry`);
  if (code !== 0 || lines.length > 0)
    throw failure('Refused', `tar could not bring everything back into ${into} (exit code ${code}): ${quoted(lines)}`);
}
