import { afterEach, expect, test } from 'vitest';
import { publishMirror } from '../../activities/site/mirror.ts';
import { createSites, type Sites } from './scene.ts';

let sites: Sites | undefined;
afterEach(() => sites?.remove());

test('a site that lost its record is left as it is by a setup that is refused: it may be the one that serves', async () => {
  sites = await createSites();
  const { record } = await sites.sites.a.store.peek();
  await sites.remove();
  sites = await createSites({ established: false });
  sites.apps.b.executing = true;
  sites.apps.b.enabled = new Set(['nightly']);
  await expect(
    sites.call('b', 'establish', {
      ...{ pair: 'orders', setup: 'first', role: 'standby', ordinal: 2, number: 1, peer: record },
      peerIdentity: { app: 'machine-a' },
    }),
  ).rejects.toThrow('had a record and lost it');
  expect(sites.apps.b).toMatchObject({ executing: true, refusing: true, log: [] });
});

test('what the applications show against the configured active is refused before anything is changed', async () => {
  sites = await createSites({ established: false });
  sites.apps.b.executing = true;
  await expect(
    sites.call('b', 'establish', {
      ...{ pair: 'orders', setup: 'first', role: 'standby', ordinal: 2, number: 1, peer: null },
      ...{ peerIdentity: { app: 'machine-a' }, evidenceAgainst: 'b serves and a does not' },
    }),
  ).rejects.toThrow('b serves and a does not');
  expect(sites.apps.b.log).toEqual([]);
  expect((await sites.sites.b.store.peek()).record).toBe(null);
});

test('a vault that is made anew gets the mirror again, although nothing changed at its site', async () => {
  sites = await createSites();
  const { signal } = new AbortController();
  expect(await publishMirror(sites.sites.a, signal)).toBe(true);
  expect(await publishMirror(sites.sites.a, signal), 'it is there').toBe(false);
  sites.vaults.a.mirror = null;
  await sites.call('a', 'createVault', { pair: 'orders' });
  expect(await publishMirror(sites.sites.a, signal)).toBe(true);
  expect(sites.vaults.a.mirror).toMatchObject({ site: 'a', evidence: { role: 'active', epoch: 1 } });
});
