import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { Basics } from '../basics.ts';
import { KINDS, type Kind, keyOf } from '../state/items.ts';
import { makeParent } from '../state/resource-files.ts';
import { keyFingerprint } from '../state/seal.ts';
import { fillerCount, fillerSize, fillerStream, isText } from './filler.ts';
import {
  fillerEntry,
  HISTORY_ENTRY,
  itemEntry,
  MANIFEST_ENTRY,
  type PackageManifest,
  repositoryEntry,
  resourceEntry,
} from './package.ts';
import type { TaskLog } from './task.ts';

/** What goes into a package: everything, or the items of one project. */
export interface ExportScope {
  contentType: 'SYSTEM' | 'PROJECT';
  includes(kind: Kind, key: string): boolean;
  projectNames: string[];
  excludeSensitiveInfo: boolean;
  /** Job records, where a switch puts them into packages. */
  history?: unknown;
}

export const WHOLE_SYSTEM: ExportScope = {
  contentType: 'SYSTEM',
  includes: () => true,
  projectNames: [],
  excludeSensitiveInfo: false,
};

interface Entry {
  path: string;
  time: Date;
  add(zip: ZipFile, options: { mtime: Date; compress: boolean }): void;
}

function jsonEntry(path: string, time: Date, value: unknown): Entry {
  const bytes = Buffer.from(JSON.stringify(value, null, 1));
  return { path, time, add: (zip, options) => zip.addBuffer(bytes, path, options) };
}

/** Human name of an item in a task log, in the words of the real log where they are known. */
function logName(kind: Kind, key: string): string {
  if (kind !== 'schedules') return `${kind} ${key}`;
  const [category, ...name] = key.split('/');
  return `scheduled task Category: ${category} Name: ${name.join('/')}`;
}

/** Lists the entries of a package; file contents are read only when they are written. */
function collect(site: Basics, scope: ExportScope, manifest: PackageManifest, log: TaskLog): Entry[] {
  const created = new Date(manifest.created);
  const entries = [jsonEntry(MANIFEST_ENTRY, created, manifest)];
  for (const kind of KINDS) {
    for (const item of site.store.list(kind)) {
      const key = keyOf(kind, item);
      if (!scope.includes(kind, key)) continue;
      log('INFORM', 409574, `Exporting ${logName(kind, key)}.`);
      const body = scope.excludeSensitiveInfo && kind === 'connections' ? { ...item, sealed: '' } : item;
      entries.push(jsonEntry(itemEntry(kind, key), site.store.changedAt(kind, key), body));
    }
  }
  for (const repository of site.store.list('repositories')) {
    if (!scope.includes('repositories', repository.name)) continue;
    for (const file of Object.values(repository.files)) {
      const path = repositoryEntry(repository.name, file.name);
      const disk = site.repositories.locate(repository.name, file.name);
      entries.push({ path, time: new Date(file.published), add: (zip, options) => zip.addFile(disk, path, options) });
    }
  }
  for (const resource of site.store.list('resources')) {
    if (scope.contentType !== 'SYSTEM' || resource.type !== 'FILE' || !resource.migratable) continue;
    for (const file of site.resources.walk(resource.name)) {
      const path = resourceEntry(resource.name, file.path);
      const disk = site.resources.locate(resource.name, file.path);
      entries.push({ path, time: file.date, add: (zip, options) => zip.addFile(disk, path, options) });
    }
  }
  if (scope.history !== undefined) entries.push(jsonEntry(HISTORY_ENTRY, created, scope.history));
  for (let index = 0; index < fillerCount(manifest.filler); index += 1) {
    const path = fillerEntry(index);
    const size = fillerSize(manifest.filler, index);
    entries.push({
      path,
      time: new Date(Date.UTC(2024, 0, 1)),
      // Random bytes do not shrink; deflating gigabytes of them would only cost the tests their time.
      add: (zip, options) =>
        zip.addReadStreamLazy(
          path,
          { ...options, compress: options.compress && isText(manifest.filler, index), size },
          (ready) => ready(null, fillerStream(manifest.filler, index)),
        ),
    });
  }
  return entries;
}

/** Another order each time; the manifest, which readers look at first, stays in front. */
function shuffle(entries: readonly Entry[]): Entry[] {
  const [manifest, ...rest] = entries;
  const shuffled = rest.map((entry) => ({ entry, at: Math.random() })).sort((a, b) => a.at - b.at);
  return manifest === undefined ? [] : [manifest, ...shuffled.map(({ entry }) => entry)];
}

/** Writes the site's configuration as a zip package to a file, streamed. */
export async function exportPackage(
  site: Basics,
  scope: ExportScope,
  path: string,
  log: TaskLog,
  signal: AbortSignal,
): Promise<void> {
  const unknowns = site.unknowns();
  const manifest: PackageManifest = {
    format: 'fme-flow-configuration',
    schemaVersion: Math.floor(site.build / 100),
    build: site.build,
    hostName: site.hostName(),
    created: site.now().toISOString(),
    contentType: scope.contentType,
    keyFingerprint: keyFingerprint(site.settings().encryptionKey),
    filler: site.settings().filler,
    projectNames: scope.projectNames,
  };
  log('INFORM', 409511, 'Exporting migration package.');
  const collected = collect(site, scope, manifest, log);
  const entries = unknowns.zipOrder === 'shuffled' ? shuffle(collected) : collected;
  const zip = new ZipFile();
  const compress = unknowns.packageCompression === 'deflated';
  const created = new Date(manifest.created);
  for (const entry of entries)
    entry.add(zip, { mtime: unknowns.zipTimes === 'stamped' ? created : entry.time, compress });
  zip.end();
  makeParent(path);
  // A file of the collection that vanished meanwhile is an error of the zip, which does not reach its output stream.
  const failed = new Promise<never>((_, reject) => zip.once('error', reject));
  await Promise.race([pipeline(zip.outputStream, createWriteStream(path), { signal }), failed]);
  log('INFORM', 409512, `Migration package exported with ${entries.length} entries.`);
}
