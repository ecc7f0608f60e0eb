import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { expect, inject } from 'vitest';
import { type Children, createChildren } from '../../activities/run/children.ts';
import { createResticVault } from '../../activities/vault/restic-vault.ts';
import type { StoredStream, Vault, VaultWork } from '../../activities/vault/vault.ts';
import type { Secret, VaultConfig } from '../../model/config.ts';
import { parsePointId } from '../../model/names.ts';
import type { Manifest } from '../../model/points.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { quickenKey } from './quick-key.ts';

export const PASSWORDS = { a: 'pass-word of a', b: 'another one of b' } as const;
export type SiteName = 'a' | 'b';

export interface OpenOptions {
  readonly restic?: string;
  readonly pair?: string;
  readonly config?: VaultConfig;
  readonly peer?: VaultConfig;
  readonly cache?: string;
  readonly resolve?: (secret: Secret) => Promise<string>;
  now?(): number;
}

export interface PairOfVaults {
  readonly folder: string;
  readonly a: Vault;
  readonly b: Vault;
  readonly children: Children;
  repository(site: SiteName): string;
  /** A vault object of its own, as after a restart: nothing is remembered but what is on disk. */
  open(site: SiteName, more?: OpenOptions): Vault;
  remove(): Promise<void>;
}

export const work = (more: Partial<VaultWork> = {}): VaultWork => ({
  signal: new AbortController().signal,
  progress: () => {},
  ...more,
});

export const other = (site: SiteName): SiteName => (site === 'a' ? 'b' : 'a');

/** Two sites with vaults that are not made yet. */
export async function emptyPair(): Promise<PairOfVaults> {
  return pairIn(await mkdtemp(join(tmpdir(), 'vault-')));
}

/** Copies of two vaults that were made once: making one takes seconds, for the sake of its password. */
export async function copyOf(made: PairOfVaults): Promise<PairOfVaults> {
  const folder = await mkdtemp(join(tmpdir(), 'vault-'));
  await cp(made.folder, folder, { recursive: true });
  return pairIn(folder);
}

/** Two vaults, made anew. */
export async function freshPair(): Promise<PairOfVaults> {
  const pair = await emptyPair();
  await pair.a.create(work());
  await pair.b.create(work());
  for (const site of ['a', 'b'] as const) await quickenKey(pair.repository(site), PASSWORDS[site]);
  return pair;
}

/** Two vaults, made once for all tests by the code as it is now. */
export async function madePair(): Promise<PairOfVaults> {
  const cache = join(packageRoot(), 'node_modules', '.cache', 'understudy', 'test-vaults');
  const digest = await digestOfSources();
  const kept = join(cache, digest);
  if (!existsSync(kept)) {
    const fresh = await freshPair();
    await mkdir(cache, { recursive: true });
    // Not those of another test that makes the same ones just now.
    for (const name of await readdir(cache))
      if (!name.startsWith(digest)) await rm(join(cache, name), { recursive: true, force: true });
    const next = `${kept}.${process.pid}`;
    await cp(fresh.folder, next, { recursive: true });
    await fresh.remove();
    // Another test may have been quicker.
    await rename(next, kept).catch(() => rm(next, { recursive: true, force: true }));
  }
  return copyOf(pairIn(kept));
}

async function digestOfSources(): Promise<string> {
  const folder = join(packageRoot(), 'activities', 'vault');
  const hash = createHash('sha256').update(inject('restic'));
  for (const name of (await readdir(folder, { recursive: true })).filter((one) => one.endsWith('.ts')).sort())
    hash.update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

function pairIn(folder: string): PairOfVaults {
  const children = createChildren(join(folder, 'children'));
  const repository = (site: SiteName): string => join(folder, site, 'vault');
  const config = (site: SiteName): VaultConfig => ({ repository: repository(site), password: { env: site } });
  const open: PairOfVaults['open'] = (site, more = {}) =>
    createResticVault({
      restic: more.restic ?? inject('restic'),
      pair: more.pair ?? 'orders',
      site,
      config: more.config ?? config(site),
      peerSite: other(site),
      peer: more.peer ?? config(other(site)),
      resolve:
        more.resolve ?? (async (secret) => ('env' in secret ? (PASSWORDS[secret.env as SiteName] ?? secret.env) : '')),
      cacheFolder: join(folder, site, more.cache ?? 'cache'),
      children,
      ...(more.now ? { now: more.now } : {}),
    });
  return {
    folder,
    children,
    repository,
    open,
    a: open('a'),
    b: open('b'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The manifest of a point made of these stored streams. */
export function manifestOf(
  point: string,
  site: SiteName,
  stored: Readonly<Record<string, StoredStream & { readonly file: string }>>,
): Manifest {
  const { epoch, sequence } = parsePointId(point) ?? { epoch: 0, sequence: 0 };
  return {
    format: 1,
    id: point,
    pair: 'orders',
    site,
    epoch,
    sequence,
    parent: null,
    claim: epoch,
    purpose: 'sync',
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:05:05.000Z',
    artefacts: Object.entries(stored).map(([component, one]) => ({
      component,
      kind: 'command',
      snapshot: one.snapshot,
      file: one.file,
      bytes: one.bytes,
      sha256: one.sha256,
      version: '1',
      inventory: {},
      moving: [],
    })),
    enabled: {},
    config: 'digest',
  };
}

/** Bytes that do not compress and are the same for the same seed. */
export function noise(bytes: number, seed = 1): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  let state = seed >>> 0 || 1;
  for (let i = 0; i + 4 <= bytes; i += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    buffer.writeInt32LE(state | 0, i);
  }
  return buffer;
}

/** In pieces, as a stream from a socket comes. */
export const streamOf = (data: Buffer, piece = 65_536): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < data.length; at += piece) yield data.subarray(at, at + piece);
    })(),
    { objectMode: false },
  );

/** Stores one stream a component and seals the point. */
export async function makePoint(
  vault: Vault,
  site: SiteName,
  point: string,
  contents: Readonly<Record<string, Buffer>>,
): Promise<Manifest> {
  const stored: Record<string, StoredStream & { file: string }> = {};
  for (const [component, data] of Object.entries(contents)) {
    const file = `${component}.bin`;
    stored[component] = { ...(await vault.store(work(), { point, component, file, stream: streamOf(data) })), file };
  }
  const manifest = manifestOf(point, site, stored);
  await vault.seal(work(), manifest);
  return manifest;
}

export const points = async (vault: Vault): Promise<string[]> =>
  (await vault.manifests(work())).map((manifest) => manifest.id);

export async function contentOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const failed = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

/** restic itself, to look at a repository as a person would. */
export async function restic(pair: PairOfVaults, site: SiteName, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(inject('restic'), [...args, '--no-cache'], {
    env: { ...process.env, RESTIC_REPOSITORY: pair.repository(site), RESTIC_PASSWORD: PASSWORDS[site] },
    maxBuffer: 1e8,
  });
  return stdout;
}

/** Every file and folder with its size and times: a lock that is made and removed again shows in its folder's time. */
export async function fingerprint(folder: string): Promise<string[]> {
  const names = ['', ...(await readdir(folder, { recursive: true }))].sort();
  return Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs, ctimeMs, ino } = await stat(join(folder, name));
      return `${name} ${size} ${mtimeMs} ${ctimeMs} ${ino}`;
    }),
  );
}

export const sizeOf = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((one) => one.isFile())
    .map(async (one) => (await stat(join(one.parentPath, one.name))).size);
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
};
