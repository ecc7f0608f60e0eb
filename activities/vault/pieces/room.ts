import { lstat, readdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Finding } from '../../../model/finding.ts';
import type { Manifest } from '../../../model/points.ts';

/** The pieces of a package, and of the next one while it comes: all of them in the worst case. */
const ROOM = 2;

/** How much disk packages taken apart need beside the vault, judged by the newest point. Changes nothing. */
export async function pieceRoom(
  site: string,
  cacheFolder: string,
  newest: Manifest | undefined,
  freeOf: (folder: string) => Promise<number | undefined> = freeAt,
): Promise<readonly Finding[]> {
  const folder = join(cacheFolder, 'pieces');
  const free = await freeOf(folder);
  const packages = newest?.artefacts.filter((one) => one.layout === 'pieces') ?? [];
  if (free === undefined || (newest !== undefined && packages.length === 0)) return [];
  const base = { topic: 'pieces-room', site } as const;
  const where = `${size(free)} free for the pieces of packages (${folder})`;
  if (newest === undefined) {
    const says = `${where}; a package needs its own size there, and up to ${ROOM} × while all of it changes`;
    return [{ ...base, level: 'note', says }];
  }
  const bytes = packages.reduce((sum, one) => sum + one.bytes, 0);
  const says = `${where}; the newest packages (${size(bytes)}) need as much there, and up to ${size(ROOM * bytes)} while all of it changes`;
  const room = free + (await sizeOf(folder));
  if (room >= ROOM * bytes) return [{ ...base, level: 'ok', says }];
  const todo = `make room: ${size(ROOM * bytes - room)} more, or give the site's state a larger disk`;
  return [{ ...base, level: room < bytes ? 'error' : 'warning', says, todo }];
}

/** On the disk where the folder is, or will be. */
async function freeAt(folder: string): Promise<number | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found) return found.bavail * found.bsize;
    if (dirname(at) === at) return undefined;
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  let sum = 0;
  for (const file of files) sum += (await lstat(file).catch(() => undefined))?.size ?? 0;
  return sum;
}

const size = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
