import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Component } from '../../activities/components/component.ts';
import { failure } from '../../activities/failure.ts';
import type { ClaimRequest } from '../../model/claims.ts';
import { gate } from '../workflows/promises.ts';
import { createSites, type Sites } from './scene.ts';

let sites: Sites | undefined;
afterEach(() => sites?.remove());

const TASK = { name: 'import by hand', since: '2026-01-01T00:00:00.000Z' };
const claim = (scene: Sites, request: Partial<ClaimRequest>, tasks?: 'wait' | 'stop-core') =>
  scene.call('b', 'claim', {
    ...{ pair: 'orders', round: 0, ...(tasks ? { tasks } : {}) },
    request: { number: 2, operation: 'sync/orders/1/run', kind: 'sync', towards: 2, ...request },
  });

test('a claim that waits for tasks of the application holds nobody up: a failover is told of them, and decides', async () => {
  sites = await createSites();
  sites.apps.b.tasks = [TASK];
  const waiting = claim(sites, {}, 'wait');
  const failover = { number: 4, operation: 'failover/orders/2/run', kind: 'failover' } as const;
  await sleep(100);
  await expect(claim(sites, failover)).rejects.toThrow('1 tasks of the application');
  await claim(sites, failover, 'stop-core');
  expect(sites.apps.b.log).toEqual(['stop-core']);
  await expect(waiting).rejects.toThrow('is not above 4');
});

test('who would be refused the claim stops no core', async () => {
  sites = await createSites();
  await claim(sites, { number: 6, operation: 'failover/orders/1/run', kind: 'failover' });
  sites.apps.b.tasks = [TASK];
  const late = { number: 4, operation: 'failover/orders/0/run', kind: 'failover' } as const;
  await expect(claim(sites, late, 'stop-core')).rejects.toThrow('is not above 6');
  await expect(claim(sites, { ...late, number: 8 }, 'stop-core')).rejects.toThrow('is held by claim 6');
  expect(sites.apps.b.log).toEqual([]);
});

test('a core that was stopped is started again, also by the next one where a worker died in between', async () => {
  sites = await createSites();
  const { b } = sites.apps;
  let stopped = false;
  b.before = () => {
    if (stopped) throw failure('Unavailable', 'the core does not answer');
  };
  let dies = true;
  Object.assign(sites.sites.b.components.app as Component, {
    async stopCore() {
      stopped = true;
      b.tasks = [];
      b.log.push('stop-core');
      if (dies) throw new Error('the worker died');
    },
    async startCore() {
      stopped = false;
      b.log.push('start-core');
    },
  });
  b.tasks = [TASK];
  await expect(claim(sites, {}, 'stop-core')).rejects.toThrow('the worker died');
  dies = false;
  await claim(sites, {});
  expect(b.log).toEqual(['stop-core', 'stop-core', 'start-core']);
  expect((await sites.sites.b.store.peek()).facts.down).toEqual([]);
  expect(await sites.record('b')).toMatchObject({ claim: { number: 2 }, content: { state: 'writing' } });
});

test("stopping the core forgets no fence of the site's own that is up, nor does starting it again", async () => {
  sites = await createSites();
  const { b } = sites.sites;
  const seen: (readonly string[])[] = [];
  const down = async () => (await b.store.peek()).facts.down;
  Object.assign(b.components.app as Component, { startCore: async () => void seen.push(await down()) });
  await b.store.locked((session) => session.append({ kind: 'down', means: 'firewall' }));
  sites.apps.b.tasks = [TASK];
  await claim(sites, {}, 'stop-core');
  expect(seen).toEqual([['firewall', 'core of app']]);
  expect(await down()).toEqual(['firewall']);
});

test('a restore that was posted right before its worker died is found, although the application lists it only later', async () => {
  sites = await createSites();
  const { b } = sites.apps;
  const operation = 'sync/orders/1/run';
  await claim(sites, { operation });
  await sites.pretend('b', { content: { point: 'e1.s1', state: 'writing' } });
  await sites.sites.b.store.locked((session) =>
    session.append({ kind: 'task', task: { claim: 2, component: 'app', point: 'e1.s1', name: 'understudy-1' } }),
  );
  setTimeout(() => b.tasks.push({ name: 'understudy-1', since: '' }), 1_000);
  const failover = { number: 4, operation: 'failover/orders/2/run', kind: 'failover' } as const;
  await expect(claim(sites, failover)).rejects.toThrow('1 posted restores with no known end');
  b.tasks = [];
  await claim(sites, failover);
  expect((await sites.sites.b.store.peek()).facts.tasks).toEqual([]);
});

test('a pause does not stand behind a step of hours: it is told again when that has ended', async () => {
  sites = await createSites();
  const step = gate();
  const { store } = sites.sites.b;
  const holds = store.locked(() => step.opened);
  const pause = { pair: 'orders', paused: { who: 'Ada', why: 'storage work' } };
  await expect(sites.call('b', 'setPaused', pause)).rejects.toMatchObject({ type: 'Busy' });
  step.open();
  await holds;
  await sites.call('b', 'setPaused', pause);
  expect(await sites.record('b')).toMatchObject({ paused: { who: 'Ada' } });
});
