import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Documents } from './documents.ts';
import type { Place } from './place.ts';
import type { Snapshots } from './snapshots.ts';
import { type createStore, jsonStream } from './store.ts';
import type { VaultWork } from './vault.ts';

const MIRROR_FILE = 'mirror.json';

/**
 * Stores a mirror under a number above all that this site used before: clocks may be set back, numbers are not. Where the
 * counter is lost, the clock stands in for it.
 */
export async function storeMirror(
  work: VaultWork,
  use: {
    readonly pair: string;
    readonly own: Place;
    readonly store: ReturnType<typeof createStore>;
    readonly documents: Documents;
    readonly cacheFolder: string;
  },
  mirror: unknown,
): Promise<void> {
  const number = await nextNumber(use.cacheFolder);
  const label = { kind: 'mirror', pair: use.pair, site: use.own.site, number } as const;
  await use.store(work, { label, file: MIRROR_FILE, what: 'the mirror of the record', ...jsonStream({ mirror }) });
}

/** The newest whole mirror of a site in its vault, or null. */
export async function newestMirror(
  work: VaultWork,
  use: { readonly pair: string; readonly documents: Documents },
  at: Place,
  snapshots: Snapshots,
): Promise<unknown | null> {
  const mirrors = (await snapshots.list(work))
    .filter(({ label }) => label.kind === 'mirror' && label.pair === use.pair && label.site === at.site)
    .sort((a, b) => (b.label.number ?? 0) - (a.label.number ?? 0));
  for (const one of mirrors) {
    const document = await use.documents.read(work, at, one, MIRROR_FILE);
    // A truncated one was never whole; the one before it is the newest that was published.
    if (typeof document === 'object' && document !== null && 'mirror' in document) return document.mirror;
  }
  return null;
}

async function nextNumber(cacheFolder: string): Promise<number> {
  const file = join(cacheFolder, 'mirror-number');
  const before = Number(await readFile(file, 'utf8').catch(() => '0'));
  const number = Math.max(Number.isSafeInteger(before) ? before + 1 : 0, Date.now());
  await mkdir(cacheFolder, { recursive: true });
  await writeFile(`${file}.next`, String(number));
  await rename(`${file}.next`, file);
  return number;
}
