import { afterEach, describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { Fence } from '../../activities/fences/fence.ts';
import type { OperationKind } from '../../model/record.ts';
import { createSites, type Sites } from './scene.ts';

let sites: Sites | undefined;
afterEach(async () => {
  await sites?.remove();
  sites = undefined;
});

const OPERATION = 'failover/orders/1/run';
const order = (step: string, claim = 4) => ({ claim, operation: OPERATION, step, round: 0 });
const claim = (scene: Sites, number: number, kind: OperationKind, operation = OPERATION) =>
  scene.call('a', 'claim', {
    ...{ pair: 'orders', round: 0 },
    request: { number, operation, kind, towards: number % 2 === 0 ? 2 : 1 },
  });
const down = async (scene: Sites) => (await scene.sites.a.store.peek()).facts.down;

/** A fence of site a that stops its application altogether; `dies`: its worker does not live to note that. */
function coreOff(scene: Sites) {
  const state = { stopped: false, dies: false, machine: [] as string[] };
  scene.apps.a.before = () => {
    if (state.stopped) throw failure('Unavailable', 'the core is stopped: nothing answers');
  };
  const fence: Fence = {
    ...{ kind: 'command', name: 'core-off', at: 'site', stronger: true },
    async fence() {
      state.stopped = true;
      if (state.dies) throw new Error('the worker was killed');
      return { result: 'confirmed', saw: 'stopped' };
    },
    read: async () => (state.stopped ? { result: 'confirmed', saw: 'stopped' } : { result: 'failed', why: 'it runs' }),
    lower: async () => {
      state.stopped = false;
      state.machine.push('lowered');
    },
    check: async () => [],
  };
  Object.assign(scene.sites.a, { fences: [fence] });
  Object.assign(scene.sites.a.components.app ?? {}, {
    stopExecuting: async () => void state.machine.push('services looked at'),
    startCore: async () => void state.machine.push('answers'),
  });
  return state;
}

/** Up to the demotion of site a. */
async function frozen(scene: Sites): Promise<string> {
  await claim(scene, 4, 'failover');
  await scene.call('a', 'freeze', { order: order('freeze'), jobs: 'ask' });
  await scene.call('a', 'backup', { order: order('backup.app'), component: 'app', purpose: 'final' });
  const startedAt = '2026-01-01T00:00:00Z';
  const { id } = await scene.call('a', 'seal', { order: order('seal'), purpose: 'final', startedAt });
  await scene.call('a', 'issueReceipt', { order: order('issue'), point: id });
  return id;
}

async function demoted(scene: Sites) {
  const fence = coreOff(scene);
  const point = await frozen(scene);
  const demote = () => scene.call('a', 'demote', { order: order('demote'), point });
  return { fence, demote };
}

describe("A site's own fence that stops its application", () => {
  test('is read instead of the application when a demotion goes on whose worker died behind it', async () => {
    sites = await createSites();
    const { fence, demote } = await demoted(sites);
    fence.dies = true;
    await expect(demote()).rejects.toThrow('killed');
    expect(await sites.record('a')).toMatchObject({ role: 'demoting' });
    fence.dies = false;
    expect(await demote()).toMatchObject({ verdict: { result: 'confirmed', means: 'services, core-off' } });
    expect(await sites.record('a')).toMatchObject({ role: 'standby', content: { state: 'own' } });
    expect(fence.machine, 'what the machine tells by itself is asked all the same').toEqual(['services looked at']);
  });

  test('says nothing of parts that were never read back as quiet', async () => {
    sites = await createSites();
    const { fence, demote } = await demoted(sites);
    fence.dies = true;
    sites.apps.a.before = (method) => {
      if (fence.stopped || method === 'quiet') throw failure('Unavailable', 'nothing answers');
    };
    await expect(demote()).rejects.toThrow('nothing answers');
    fence.dies = false;
    await expect(demote()).rejects.toThrow('nothing answers');
    expect(await sites.record('a')).toMatchObject({ role: 'demoting' });
  });

  test.each([
    ['sync', 6, 'sync/orders/9/run'],
    ['failover', 5, 'failover/orders/2/run'],
  ] as const)('is lowered by the claim of a %s, which then looks for tasks', async (kind, number, operation) => {
    sites = await createSites();
    const { fence, demote } = await demoted(sites);
    await demote();
    await sites.call('a', 'closeClaim', { order: order('close') });
    expect(await down(sites)).toEqual(['services', 'core-off']);
    sites.apps.a.tasks = [{ name: 'import by hand', since: '' }];
    await expect(claim(sites, number, kind, operation)).rejects.toThrow('1 tasks of the application');
    sites.apps.a.tasks = [];
    await claim(sites, number, kind, operation);
    expect(fence.machine).toEqual(['lowered', 'answers']);
    expect(await down(sites)).toEqual([]);
  });

  test('stays up for whoever would be refused the claim', async () => {
    sites = await createSites();
    const { fence, demote } = await demoted(sites);
    await demote();
    await expect(claim(sites, 6, 'sync', 'sync/orders/9/run')).rejects.toThrow('is held by claim 4');
    expect(fence.machine).toEqual([]);
  });

  test('is lowered where the role is given back in the midst of the demotion, and not before it is over', async () => {
    sites = await createSites();
    const { fence, demote } = await demoted(sites);
    fence.dies = true;
    await expect(demote()).rejects.toThrow('killed');
    fence.dies = false;
    const { evidence: peer } = await sites.call('b', 'claim', {
      ...{ pair: 'orders', round: 0 },
      request: { number: 5, operation: OPERATION, kind: 'give-back', towards: 1 },
    });
    await claim(sites, 5, 'give-back');
    expect(fence.stopped).toBe(true);
    await sites.call('a', 'demote', { order: order('give-back.demote', 5) });
    expect(fence.stopped).toBe(true);
    const { configDigest } = sites.sites.a;
    await sites.call('a', 'promote', { order: order('give-back.promote', 5), peer, configDigest });
    await sites.call('a', 'activate', { order: order('give-back.activate', 5) });
    expect(await sites.record('a')).toMatchObject({ role: 'active', epoch: 5 });
    expect(await down(sites)).toEqual([]);
  });
});
