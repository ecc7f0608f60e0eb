import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, shown } from './place.ts';
import type { Restic } from './restic.ts';
import type { Snapshot } from './snapshots.ts';
import type { VaultWork } from './vault.ts';

const MONTH = 30 * 86_400_000;

/**
 * Small JSON documents in snapshots (manifests, mirrors), each read from a repository once: a snapshot never changes, so what
 * it holds is kept in a file named by the id it was made with, which its copies share.
 */
export function createDocuments(restic: Restic, cacheFolder: string) {
  const folder = join(cacheFolder, 'documents');
  const path = (origin: string): string => join(folder, `${origin}.json`);

  const keep = async (origin: string, text: string): Promise<void> => {
    await mkdir(folder, { recursive: true });
    const next = `${path(origin)}.${process.pid}.next`;
    await writeFile(next, text, { mode: 0o600 });
    await rename(next, path(origin));
  };

  return {
    /** The document, or undefined where it is truncated: a writer was killed in the middle. */
    async read(work: VaultWork, at: Place, snapshot: Snapshot, file: string): Promise<unknown> {
      const kept = parse(await readFile(path(snapshot.origin), 'utf8').catch(() => ''));
      if (kept !== undefined) return kept === null ? undefined : kept;
      const text = await restic.run(work, {
        at,
        args: ['dump', '--no-lock', snapshot.id, `/${file}`],
        doing: `read ${file} from ${shown(at)}`,
      });
      const read = parse(text);
      await keep(snapshot.origin, read === undefined ? 'null' : text);
      return read;
    },
    /** Removes what was kept of snapshots that are not among these any more, a month after it was read. */
    async tidy(origins: ReadonlySet<string>): Promise<void> {
      for (const name of await readdir(folder).catch(() => [])) {
        if (origins.has(name.replace(/\.json.*$/, ''))) continue;
        const file = join(folder, name);
        const found = await stat(file).catch(() => undefined);
        if (found && Date.now() - found.mtimeMs > MONTH) await rm(file, { force: true });
      }
    },
    /** Notes a document that this process has stored. */
    async made(origin: string, value: unknown): Promise<void> {
      if (origin.length === 64) await keep(origin, JSON.stringify(value));
    },
  };
}

export type Documents = ReturnType<typeof createDocuments>;

/** `undefined` for what is not whole; no document of ours is `null`. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
