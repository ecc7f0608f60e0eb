import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import type { Vault } from '../../activities/vault/vault.ts';
import {
  contentOf,
  copyOf,
  failed,
  madePair,
  makePoint,
  noise,
  type PairOfVaults,
  points,
  restic,
  work,
} from './pair-of-vaults.ts';
import { type RestServer, startRestServer } from './rest-server.ts';

/** Vaults behind a server, where restic alone can tell what is in them. */
let made: PairOfVaults;
let pair: PairOfVaults;
let servers: Record<'a' | 'b', RestServer>;
let a: Vault;
let b: Vault;
beforeAll(async () => {
  made = await madePair();
});
afterAll(() => made.remove());
beforeEach(async () => {
  pair = await copyOf(made);
  const start = (site: 'a' | 'b') => startRestServer(join(pair.folder, site));
  servers = { a: await start('a'), b: await start('b') };
  const place = (site: 'a' | 'b') => ({
    repository: servers[site].repository('writer', 'vault'),
    password: { env: site },
    // The other site may read only.
    peer: { repository: servers[site].repository('reader', 'vault') },
  });
  a = pair.open('a', { config: place('a'), peer: place('b') });
  b = pair.open('b', { config: place('b'), peer: place('a') });
});
afterEach(async () => {
  await Promise.all([servers.a.stop(), servers.b.stop()]);
  await pair.remove();
});

test('a point crosses from server to server with the right to read only, and nothing was tried beyond it', async () => {
  const data = noise(3_000_000);
  await makePoint(a, 'a', 'e1.s1', { app: data });
  await a.publishMirror(work(), { role: 'active' });
  const manifest = await b.pull(work(), 'e1.s1');
  await b.verify(work(), manifest);
  expect((await contentOf(await b.dump(work(), manifest, 'app'))).equals(data)).toBe(true);
  expect(await b.readPeerMirror(work())).toEqual({ role: 'active' });
  expect((await b.check(work())).filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(await b.forget(work(), ['e1.s1'])).toEqual({ removed: ['e1.s1'] });
  expect(await points(b)).toEqual([]);
  expect(await points(a)).toEqual(['e1.s1']);
  expect([...servers.a.refused, ...servers.b.refused]).toEqual([]);
});

test('a vault is made on a server, with the chunker parameters of the other one, and only once', async () => {
  await rm(pair.repository('b'), { recursive: true });
  await b.create(work());
  await b.create(work());
  const polynomial = async (site: 'a' | 'b') =>
    JSON.parse(await restic(pair, site, 'cat', 'config')).chunker_polynomial;
  expect(await polynomial('b')).toBe(await polynomial('a'));
  expect(JSON.parse(await restic(pair, 'b', 'snapshots', '--json'))).toHaveLength(1);
});

test('a server that does not answer is unavailable, also when a vault is made, and no message holds its password', async () => {
  await servers.a.stop();
  for (const attempt of [() => a.create(work()), () => a.manifests(work()), () => b.pull(work(), 'e1.s1')]) {
    const error = await failed(attempt());
    expect(failureType(error)).toBe('Unavailable');
    expect(error.message).toContain('the vault of a (rest:http://127.0.0.1');
    expect(error.message).not.toContain('of-the-server');
  }
});
