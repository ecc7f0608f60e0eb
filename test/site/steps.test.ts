import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { Fence } from '../../activities/fences/fence.ts';
import type { Ask } from '../../model/asks.ts';
import { answerRefusal } from '../../model/asks.ts';
import type { Manifest } from '../../model/points.ts';
import { createSites, type Sites } from './scene.ts';

let sites: Sites | undefined;
afterEach(() => sites?.remove());

const order = (step: string) => ({ claim: 3, operation: 'failover/orders/1/run', step, round: 0 });
const claimed = (scene: Sites) =>
  scene.call('a', 'claim', {
    pair: 'orders',
    round: 0,
    request: { number: 3, operation: order('x').operation, kind: 'failover', towards: 1 },
  });

describe('An address that leads to another installation by now', () => {
  test('changes nothing there: no job is cancelled, however long it was waited for', async () => {
    sites = await createSites();
    await claimed(sites);
    const { a } = sites.apps;
    a.jobs = [{ component: 'app', id: '1', title: 'job 1', request: {} }];
    a.before = (method) => {
      if (method === 'drain') a.identity = 'another machine';
    };
    await expect(sites.call('a', 'freeze', { order: order('freeze'), jobs: 'cancel' })).rejects.toThrow(
      'answers as another machine',
    );
    expect(a.jobs.length).toBe(1);
  });

  test('is not even cleaned', async () => {
    sites = await createSites();
    await claimed(sites);
    sites.apps.a.identity = 'another machine';
    let cleaned = false;
    sites.apps.a.before = (method) => {
      cleaned ||= method === 'clean';
    };
    await expect(sites.call('a', 'clean', { order: order('clean') })).rejects.toThrow('answers as another machine');
    expect(cleaned).toBe(false);
  });
});

test('a point that was sealed, and whose worker died before it noted that, is followed by the next one', async () => {
  sites = await createSites();
  const scene = sites;
  const under = (claim: number) => (step: string) => ({ claim, operation: `sync/orders/${claim}`, step, round: 0 });
  const claim = (number: number) =>
    scene.call('a', 'claim', {
      ...{ pair: 'orders', round: 0 },
      request: { number, operation: under(number)('x').operation, kind: 'sync', towards: 2, holderGone: true },
    });
  const backUp = (order: (step: string) => ReturnType<ReturnType<typeof under>>) =>
    scene.call('a', 'backup', { order: order('backup.app'), component: 'app', purpose: 'sync' });
  const seal = (order: (step: string) => ReturnType<ReturnType<typeof under>>) =>
    scene.call('a', 'seal', { order: order('seal'), purpose: 'sync', startedAt: '2026-01-01T00:00:00Z' });
  await claim(2);
  await backUp(under(2));
  const { vault } = scene.sites.a;
  const real = vault.seal;
  vault.seal = async (work, manifest) => {
    await real(work, manifest);
    throw new Error('the worker died here');
  };
  await expect(seal(under(2))).rejects.toThrow('died here');
  vault.seal = real;

  await claim(4);
  await backUp(under(4));
  expect(await seal(under(4))).toMatchObject({ id: 'e1.s2', parent: 'e1.s1' });
});

test('what outlives its step writes nothing beside the next one', async () => {
  sites = await createSites();
  const { store } = sites.sites.a;
  const late = await store.locked(async (session) => session);
  await expect(late.append({ kind: 'note', text: 'late' })).rejects.toThrow('after it had ended');
  await expect(late.apply(late.state())).rejects.toThrow('after it had ended');
});

test('only an approver asserts that a site cannot act', () => {
  const ask: Ask = {
    ...{ id: 'demote-1', step: 'demote', title: '', choices: ['confirmed'] },
    facts: [],
    openedAt: '',
  };
  const answer = { ask: ask.id, choice: 'confirmed', who: 'Mallory', why: 'x' } as const;
  expect(answerRefusal(ask, answer, ['Ada'])).toContain('not on the list of approvers');
  expect(answerRefusal(ask, { ...answer, who: 'Ada' }, ['Ada'])).toBe(undefined);
  expect(answerRefusal(ask, answer, [])).toBe(undefined);
});

describe("A site's own fence that is stronger than quiet", () => {
  test('is lowered by the next one that holds a claim there and writes it, and not before', async () => {
    sites = await createSites();
    const log: string[] = [];
    const firewall: Fence = {
      ...{ kind: 'command', name: 'firewall', at: 'site', stronger: true },
      fence: async () => ({ result: 'confirmed', saw: 'closed' }),
      read: async () => ({ result: 'confirmed', saw: 'closed' }),
      lower: async () => void log.push('lowered'),
      check: async () => [],
    };
    Object.assign(sites.sites.a, { fences: [firewall] });
    await sites.call('a', 'hearPeer', { pair: 'orders', peer: { role: 'active', epoch: 2, number: 2 } });
    await sites.call('a', 'hearPeer', { pair: 'orders', peer: { role: 'active', epoch: 2, number: 2 } });
    expect((await sites.sites.a.store.peek()).facts.down).toEqual(['services', 'firewall']);
    expect(log).toEqual([]);
    // Reprotected meanwhile.
    await sites.pretend('a', { role: 'standby', content: { point: null, state: 'none' } });
    await claimed(sites);
    const { a, b } = sites.vaults;
    b.manifests.set('e2.s1', { ...POINT });
    a.manifests.set('e2.s1', { ...POINT });
    a.streams.set('e2.s1/app', Buffer.from('[["one","1"]]'));
    await sites.call('a', 'verify', { order: order('intact'), point: 'e2.s1' });
    await sites.call('a', 'restore', { order: order('restore.app'), point: 'e2.s1', component: 'app' });
    expect(log).toEqual(['lowered']);
    expect((await sites.sites.a.store.peek()).facts.down).toEqual([]);
  });
});

const POINT: Manifest = {
  format: 1,
  ...{ id: 'e2.s1', pair: 'orders', site: 'b', epoch: 2, sequence: 1, parent: null, claim: 2 },
  purpose: 'sync',
  ...{ startedAt: '', finishedAt: '', enabled: {}, config: '' },
  artefacts: [
    {
      ...{ component: 'app', kind: 'instant', snapshot: 'e2.s1/app', file: 'items.json', bytes: 13, version: '1' },
      sha256: createHash('sha256').update('[["one","1"]]').digest('hex'),
      ...{ inventory: { items: { one: '1' } }, moving: [] },
    },
  ],
};
