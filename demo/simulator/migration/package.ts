import type { Kind } from '../state/items.ts';

/** First entry of a package: what it is and which site made it. */
export interface PackageManifest {
  format: 'fme-flow-configuration';
  schemaVersion: number;
  build: number;
  hostName: string;
  created: string;
  contentType: 'SYSTEM' | 'PROJECT';
  /** Fingerprint of the system key its connections are encrypted with. */
  keyFingerprint: string;
  filler: FillerSpec;
  projectNames: string[];
}

export interface FillerSpec {
  bytes: number;
  entries: number;
  seed: string;
  generation: number;
  changed: number;
  sizes?: 'even' | 'mixed';
  text?: number;
}

export const MANIFEST_ENTRY = 'package.json';

/** Path of an item's entry; each part of the name is encoded, so that any name makes a valid path. */
export function itemEntry(kind: Kind, key: string): string {
  return `items/${kind}/${key.split('/').map(encodeURIComponent).join('/')}.json`;
}

export function repositoryEntry(repository: string, file: string): string {
  return `repositories/${encodeURIComponent(repository)}/${encodeURIComponent(file)}`;
}

export function resourceEntry(resource: string, path: string): string {
  return `resources/${encodeURIComponent(resource)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

export const FILLER_FOLDER = 'filler/';

export function fillerEntry(index: number): string {
  return `${FILLER_FOLDER}${String(index).padStart(6, '0')}.bin`;
}

/** What an entry's path says it is. */
export type EntryKind =
  | { type: 'manifest' }
  | { type: 'item'; kind: string; key: string }
  | { type: 'repository'; repository: string; file: string }
  | { type: 'resource'; resource: string; path: string }
  | { type: 'filler' }
  | { type: 'history' }
  | { type: 'unknown' };

export const HISTORY_ENTRY = 'history/jobs.json';

export function parseEntry(name: string): EntryKind {
  if (name === MANIFEST_ENTRY) return { type: 'manifest' };
  if (name === HISTORY_ENTRY) return { type: 'history' };
  if (name.startsWith(FILLER_FOLDER)) return { type: 'filler' };
  const [top, first, ...rest] = name.split('/');
  const path = rest.map(decodeURIComponent).join('/');
  if (first === undefined || path === '') return { type: 'unknown' };
  if (top === 'items') return { type: 'item', kind: first, key: path.replace(/\.json$/, '') };
  if (top === 'repositories') return { type: 'repository', repository: decodeURIComponent(first), file: path };
  if (top === 'resources') return { type: 'resource', resource: decodeURIComponent(first), path };
  return { type: 'unknown' };
}
