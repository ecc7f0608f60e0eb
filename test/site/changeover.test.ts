import { afterEach, describe, expect, test } from 'vitest';
import type { Component } from '../../activities/components/component.ts';
import { failure } from '../../activities/failure.ts';
import { instantApp, instantComponent } from '../../bench/instant-component.ts';
import { createSites, type Sites } from './scene.ts';

let sites: Sites | undefined;
afterEach(async () => {
  await sites?.remove();
  sites = undefined;
});

const OPERATION = 'failover/orders/1/run';
const order = (step: string, claim = 3) => ({ claim, operation: OPERATION, step, round: 0 });
const claim = (scene: Sites, site: 'a' | 'b', number: number, kind: 'failover' | 'sync' | 'give-back' = 'failover') =>
  scene.call(site, 'claim', {
    pair: 'orders',
    round: 0,
    request: { number, operation: OPERATION, kind, towards: number % 2 === 0 ? 2 : 1 },
  });

/** Another component of site a, which its record knows. */
async function addComponent(scene: Sites, name: string, component: Component, identity: string): Promise<void> {
  Object.assign(scene.sites.a.components, { [name]: component });
  await scene.pretend('a', { identity: { ...(await scene.record('a')).identity, [name]: identity } });
}

/** A front door that tells what is done with it. */
const door = () => {
  const log: string[] = [];
  const frontDoor = (site: string) => ({
    close: async () => void log.push(`close ${site}`),
    open: async () => void log.push(`open ${site}`),
  });
  return { log, frontDoor };
};

describe('A site that has the role already', () => {
  test('keeps the jobs that wait there when the same failover is run again: it has accepted them', async () => {
    sites = await createSites();
    // Its machine was restarted, and it is held because its peer is away.
    sites.apps.a.executing = false;
    sites.apps.a.jobs = [{ component: 'app', id: '1', title: 'job 1', request: {} }];
    await claim(sites, 'a', 3);
    await sites.call('a', 'activate', { order: order('activate') });
    expect(sites.apps.a.executing).toBe(true);
    expect(sites.apps.a.jobs.map(({ id }) => id)).toEqual(['1']);
  });
});

describe('A give-back', () => {
  const JOB = { component: 'app', id: '1', title: 'job 1', request: {} };

  test('keeps the jobs that wait at the site that gets its role back: it had accepted them', async () => {
    sites = await createSites();
    await claim(sites, 'a', 3, 'give-back');
    await sites.pretend('a', { role: 'promoting', epoch: 3 });
    Object.assign(sites.apps.a, { executing: false, jobs: [JOB] });
    await sites.call('a', 'activate', { order: order('activate') });
    expect(sites.apps.a.jobs).toEqual([JOB]);
  });

  // It is claimed with the parity of the source before it is seen to be promoting.
  test('that finds its target past the point of no return starts it without what came while it stood by', async () => {
    sites = await createSites();
    await sites.pretend('b', { role: 'promoting', epoch: 4 });
    await sites.sites.b.store.locked(async (session) => {
      const { record, facts } = session.state();
      await session.apply({ record, facts: { ...facts, pending: { app: { schedules: ['hourly', 'nightly'] } } } });
    });
    sites.apps.b.jobs = [JOB];
    sites.apps.b.deleted.add('nightly');
    await claim(sites, 'b', 5, 'give-back');
    await sites.call('b', 'activate', { order: order('activate', 5) });
    expect(sites.apps.b.jobs).toEqual([]);
    await expect(sites.call('b', 'release', { order: order('release', 5) })).rejects.toThrow(
      'b does not have what is to be enabled there: app: nightly',
    );
  });
});

describe('A thaw', () => {
  const frozen = async (scene: Sites): Promise<void> => {
    await claim(scene, 'a', 3);
    await scene.call('a', 'freeze', { order: order('freeze'), jobs: 'ask' });
  };

  test('lets clients in, also where something cannot be released, and is ended by the next attempt', async () => {
    const { log, frontDoor } = door();
    sites = await createSites({ frontDoor });
    await frozen(sites);
    let refuses = true;
    sites.apps.a.before = (method) => {
      if (method === 'release' && refuses) throw new Error('the server is busy');
    };
    await expect(sites.call('a', 'thaw', { order: order('thaw') })).rejects.toThrow('the server is busy');
    expect(log).toEqual(['close a', 'open a']);
    expect((await sites.sites.a.store.peek()).facts.freeze?.phase).toBe('thawing');
    refuses = false;
    await sites.call('a', 'thaw', { order: order('thaw') });
    expect((await sites.sites.a.store.peek()).facts).toMatchObject({ freeze: null, pending: null });
  });

  test('is not held up for ever by a schedule that was deleted meanwhile', async () => {
    sites = await createSites();
    await frozen(sites);
    sites.apps.a.deleted.add('nightly');
    await sites.call('a', 'thaw', { order: order('thaw') });
    expect([...sites.apps.a.enabled]).toEqual(['hourly']);
    expect((await sites.sites.a.store.peek()).facts).toMatchObject({ freeze: null, pending: null });
  });
});

describe('A job that was given up at a site which serves on', () => {
  test('is not run a second time where its run died before it was cancelled: it runs on, or has ended by itself', async () => {
    sites = await createSites();
    const { a } = sites.apps;
    a.jobs = ['1', '2', '3'].map((id) => ({ component: 'app', id, title: `job ${id}`, request: {} }));
    a.before = (method) => {
      if (method === 'cancel') throw new Error('the worker was killed');
    };
    await claim(sites, 'a', 3);
    await expect(sites.call('a', 'freeze', { order: order('freeze'), jobs: 'cancel' })).rejects.toThrow('killed');
    await sites.call('a', 'thaw', { order: order('thaw') });
    // One runs on, one has come to its end, and one was cancelled after all.
    delete a.before;
    a.jobs = a.jobs.filter(({ id }) => id === '1');
    a.ended.add('2');
    const settled = await sites.call('a', 'settleJobs', { order: order('jobs'), how: 'resubmit', components: ['app'] });
    expect(settled).toEqual({ jobs: 1, left: 0 });
    expect(a.log.filter((line) => line.startsWith('resubmit'))).toEqual(['resubmit 3']);
    expect(a.jobs.map(({ id }) => id)).toEqual(['1']);
  });
});

describe('The release after a promotion', () => {
  test('keeps no component held because of another one, and tells each that could not be released', async () => {
    sites = await createSites();
    const [second, third] = [instantApp('second-a', true), instantApp('third-a', true)];
    await addComponent(sites, 'second', instantComponent(second), second.identity);
    await addComponent(sites, 'third', instantComponent(third), third.identity);
    await claim(sites, 'a', 3);
    await sites.sites.a.store.locked(async (session) => {
      const { record, facts } = session.state();
      const pending = {
        app: { schedules: ['nightly'] },
        second: { schedules: ['weekly'] },
        third: { schedules: ['yearly'] },
      };
      await session.apply({ record, facts: { ...facts, pending } });
    });
    for (const app of [sites.apps.a, third])
      app.before = (method) => {
        if (method === 'release') throw failure('NotYet', 'not switched');
      };
    await expect(sites.call('a', 'release', { order: order('release') })).rejects.toThrow(
      'not everything is released at a, and the rest is. app: not switched; third: not switched',
    );
    expect([...second.enabled]).toEqual(['weekly']);
    const pending = async () => Object.keys((await sites?.sites.a.store.peek())?.facts.pending ?? {});
    expect(await pending()).toEqual(['app', 'third']);
    // What is released already belongs to its users: the next attempt leaves it alone.
    second.enabled.add('added');
    delete sites.apps.a.before;
    delete third.before;
    await sites.call('a', 'release', { order: order('release') });
    expect([...second.enabled]).toEqual(['weekly', 'added']);
    expect(await pending()).toEqual([]);
  });

  test('tells a person what is not there, with everything else enabled; a sync that finds it pending goes on', async () => {
    sites = await createSites();
    const second = instantApp('second-a', true);
    await addComponent(sites, 'second', instantComponent(second), second.identity);
    await claim(sites, 'a', 3);
    await sites.sites.a.store.locked(async (session) => {
      const { record, facts } = session.state();
      const pending = { app: { schedules: ['hourly', 'nightly'] }, second: { schedules: ['weekly'] } };
      await session.apply({ record, facts: { ...facts, pending } });
    });
    sites.apps.a.deleted.add('nightly');
    await expect(sites.call('a', 'release', { order: order('release') })).rejects.toThrow(
      'a does not have what is to be enabled there: app: nightly. Everything else is enabled',
    );
    expect([...sites.apps.a.enabled]).toEqual(['hourly']);
    expect([...second.enabled], 'also what belongs to the components after it').toEqual(['weekly']);
    await sites.pretend('a', { claim: { number: 3, operation: OPERATION, kind: 'sync', closed: false } });
    await sites.call('a', 'release', { order: order('release', 3) });
    expect((await sites.sites.a.store.peek()).facts.pending).toBeNull();
  });
});

describe('A superseded site', () => {
  const TOOK_OVER = { role: 'active', epoch: 2, number: 2 } as const;
  const second = instantApp('second-a', true);
  const withSecond = async (options: Parameters<typeof createSites>[0] = {}): Promise<Sites> => {
    const scene = await createSites(options);
    await addComponent(scene, 'second', instantComponent(second), second.identity);
    return scene;
  };
  const hear = (scene: Sites) => scene.call('a', 'hearPeer', { pair: 'orders', peer: TOOK_OVER });

  test('fences what it can where one application does not answer, and stops what its machine can stop', async () => {
    const { log, frontDoor } = door();
    sites = await withSecond({ frontDoor });
    second.executing = true;
    const ran: string[] = [];
    Object.assign(sites.sites.a.components.app ?? {}, {
      stopExecuting: async () => void ran.push('services of app stopped'),
    });
    Object.assign(sites.sites.a, {
      fences: [
        {
          name: 'firewall',
          kind: 'command',
          stronger: false,
          fence: async () => ({ result: 'confirmed', saw: 'closed' }),
          read: async () => {
            ran.push('firewall');
            return { result: 'confirmed', saw: 'closed' };
          },
        },
      ],
    });
    sites.apps.a.before = (method) => {
      if (method === 'identify') throw new Error('the token expired');
    };
    await expect(hear(sites)).rejects.toThrow('the token expired');
    expect(log).toEqual(['close a']);
    expect(second.executing).toBe(false);
    expect(ran).toEqual(['services of app stopped', 'firewall']);
  });

  test('closes its front door once, however often it fences itself', async () => {
    const { log, frontDoor } = door();
    sites = await createSites({ frontDoor });
    for (let round = 0; round < 3; round++) await hear(sites);
    expect(log).toEqual(['close a']);
    expect(sites.apps.a.log.filter((line) => line === 'quiet')).toHaveLength(3);
  });
});

describe('An active site with a part that has nothing to execute', () => {
  test('is not taken for one that waits to be started', async () => {
    sites = await createSites();
    const started: string[] = [];
    const tree = instantComponent(instantApp('tree-a', false));
    const { observe } = tree;
    Object.assign(tree, {
      observe: async (signal: AbortSignal) => ({
        ...(await observe(signal)),
        executing: { running: false, startsWithMachine: false, none: true },
      }),
      start: async () => {
        started.push('tree');
        return [];
      },
    });
    await addComponent(sites, 'tree', tree, 'tree-a');
    sites.apps.a.executing = false;
    await sites.call('a', 'hearPeer', { pair: 'orders', peer: { role: 'standby', epoch: 1, number: 1 } });
    expect(sites.apps.a.executing).toBe(true);
    expect(started).toEqual([]);
    const { components } = await sites.call('a', 'observe', { pair: 'orders', deep: true });
    expect(components.map(({ name, executing, executesNothing }) => [name, executing, executesNothing])).toEqual([
      ['app', true, undefined],
      ['tree', false, true],
    ]);
  });
});
