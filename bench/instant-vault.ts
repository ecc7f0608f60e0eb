import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { failure } from '../activities/failure.ts';
import type { Vault } from '../activities/vault/vault.ts';
import type { Manifest } from '../model/points.ts';

/** What one vault in memory holds. */
export interface InstantRepository {
  streams: Map<string, Buffer>;
  manifests: Map<string, Manifest>;
  mirror: unknown;
  /** Called before each method: throws or waits to simulate the world's faults. */
  before?: (method: string) => Promise<void> | void;
}

export const instantRepository = (): InstantRepository => ({ streams: new Map(), manifests: new Map(), mirror: null });

/** A vault whose calls return at once. */
export function instantVault(own: InstantRepository, peer: InstantRepository): Vault {
  const key = (point: string, component: string): string => `${point}/${component}`;
  const call = async <T>(method: string, body: () => T | Promise<T>): Promise<T> => {
    await own.before?.(method);
    return body();
  };
  return {
    create: () => call('create', () => undefined),
    store: (_work, { point, component, stream }) =>
      call('store', async () => {
        const bytes = await buffer(stream);
        own.streams.set(key(point, component), bytes);
        return {
          snapshot: key(point, component),
          bytes: bytes.length,
          stored: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        };
      }),
    seal: (_work, manifest) =>
      call('seal', () => {
        own.manifests.set(manifest.id, manifest);
        return [];
      }),
    manifests: () => call('manifests', () => [...own.manifests.values()]),
    pull: (_work, point) =>
      call('pull', () => {
        const manifest = peer.manifests.get(point);
        if (!manifest) throw failure('Damaged', `the peer's vault has no point ${point}`);
        for (const { component } of manifest.artefacts) {
          const bytes = peer.streams.get(key(point, component));
          if (bytes) own.streams.set(key(point, component), bytes);
        }
        own.manifests.set(point, manifest);
        return manifest;
      }),
    dump: (_work, manifest, component) =>
      call('dump', () => Readable.from([own.streams.get(key(manifest.id, component)) ?? Buffer.alloc(0)])),
    verify: (_work, manifest) =>
      call('verify', () => {
        for (const { component, sha256 } of manifest.artefacts) {
          const bytes = own.streams.get(key(manifest.id, component)) ?? Buffer.alloc(0);
          if (createHash('sha256').update(bytes).digest('hex') !== sha256)
            throw failure('Damaged', `${component} of ${manifest.id} is damaged`);
        }
      }),
    forget: (_work, points) =>
      call('forget', () => {
        for (const point of points) own.manifests.delete(point);
        return { removed: points };
      }),
    publishMirror: (_work, mirror) =>
      call('publishMirror', () => {
        own.mirror = mirror;
      }),
    readPeerMirror: () => call('readPeerMirror', () => peer.mirror),
    check: () => call('check', () => []),
  };
}
