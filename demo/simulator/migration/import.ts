import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { type Basics, pause } from '../basics.ts';
import { type ItemMap, KINDS, type Kind, keyOf } from '../state/items.ts';
import { makeParent } from '../state/resource-files.ts';
import { keyFingerprint } from '../state/seal.ts';
import { type MergeRules, mergeItem } from './merge.ts';
import { type PackageManifest, parseEntry } from './package.ts';
import type { TaskLog } from './task.ts';
import { readManifest, type Unzipped, unzip } from './unzip.ts';

/** The package is sound but this server does not take it. */
export class Refused extends Error {
  override name = 'Refused';
}

/** Refuses a package that was made by a newer build or, where the switch says so, with another system key. */
function accept(site: Basics, manifest: PackageManifest): void {
  if (manifest.build > site.build) {
    throw new Refused(
      `The package was made by build ${manifest.build}, which is newer than this server's build ${site.build}.`,
    );
  }
  const same = manifest.keyFingerprint === keyFingerprint(site.settings().encryptionKey);
  if (!same && site.unknowns().otherKey === 'refused') {
    throw new Refused('The package was encrypted with another system encryption key than this server has.');
  }
}

/** Reads a package and merges it into the site. Waits for `slowness` milliseconds in all, for tests that act meanwhile. */
export async function importPackage(
  site: Basics,
  path: string,
  rules: MergeRules,
  slowness: number,
  scratch: string,
  log: TaskLog,
  signal: AbortSignal,
): Promise<void> {
  const manifest = await readManifest(path);
  accept(site, manifest);
  log('INFORM', 409503, 'Unzipping migration package.');
  await mkdir(scratch, { recursive: true });
  try {
    const entries = await unzip(path, scratch, signal);
    if (site.faults.get('diskFull') === true) throw new Error('No space left on device.');
    log('INFORM', 409504, 'Upgrading migration package schema version.');
    await pause(slowness / 2, signal);
    await apply(site, entries, rules, slowness / 2 / KINDS.length, log, signal);
    await site.store.flush();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  log('INFORM', 409505, 'Migration package imported.');
}

async function apply(
  site: Basics,
  entries: readonly Unzipped[],
  rules: MergeRules,
  between: number,
  log: TaskLog,
  signal: AbortSignal,
): Promise<void> {
  const parsed = entries.map((entry) => ({ ...entry, what: parseEntry(entry.name) }));
  const lost = new Set(site.faults.get('restoreLoses') ?? []);
  const halfway = site.faults.get('restoreFailsHalfway') === true ? Math.floor(KINDS.length / 2) : Infinity;
  for (const [index, kind] of KINDS.entries()) {
    if (index >= halfway) throw new Error('The import ended with an internal error.');
    for (const { what, file } of parsed) {
      if (what.type !== 'item' || what.kind !== kind) continue;
      const item = JSON.parse(await readFile(file, 'utf8')) as ItemMap[Kind];
      const key = keyOf(kind, item);
      if (lost.has(`${kind}/${key}`)) continue;
      const merged = mergeItem(site, kind, key, item, rules);
      log('INFORM', 409520, `Importing ${kind} ${key}: ${merged}.`);
    }
    if (kind === 'repositories' || kind === 'resources') {
      for (const { what, file } of parsed) {
        if (signal.aborted) break;
        if (kind === 'repositories' && what.type === 'repository') {
          await place(file, site.repositories.locate(what.repository, what.file), rules);
        }
        if (kind === 'resources' && what.type === 'resource' && !lost.has(`resources/${what.resource}/${what.path}`)) {
          await place(file, site.resources.locate(what.resource, what.path), rules);
        }
      }
    }
    await pause(between, signal);
  }
}

/** Puts an unpacked file in its place; one that exists is replaced only by an update. */
async function place(file: string, target: string, rules: MergeRules): Promise<void> {
  if (rules.importMode === 'INSERT' && existsSync(target)) return;
  makeParent(target);
  await rename(file, target);
}
