import { expect, test } from 'vitest';
import type { Projection } from '../../../model/inventory.ts';
import { BOTH, BUILDS, NEW, OLD, rig, signal, work } from './rig.ts';

const remove = { config: { deletions: 'remove' } };

test.each(BUILDS)(
  'what the active deleted is deleted at the standby, when the configuration says so, at build %d',
  async (build) => {
    const pair = await rig({ build, ...remove });
    await pair.restore(await pair.backup());
    pair.active.machine.store.remove('schedules', 'Orders/retired');
    pair.active.machine.store.remove('automations', 'paused');
    pair.active.machine.store.remove('subscriptions', 'on-order');
    pair.active.machine.store.remove('repositories', 'Samples');
    pair.active.machine.store.remove('connections', 'canary');
    pair.active.machine.parts.resources.remove('FME_SHAREDRESOURCE_DATA', 'plan.csv');
    const source = await pair.active.component.inventory(signal);
    const result = await pair.standby.component.removeExtras?.(work(), source);
    expect(result?.removed).toEqual([
      'schedules/Orders/retired',
      'automations/paused',
      'workspaces/Samples/austinApartments.fmw',
      'workspaces/Samples/austinDownload.fmw',
      'repositories/Samples',
      'files/FME_SHAREDRESOURCE_DATA/plan.csv',
    ]);
    // Never users, roles, tokens or connections.
    expect(result?.listed).toEqual(expect.arrayContaining(['tokens/admin/understudy-dc2']));
    expect(pair.standby.machine.store.get('connections', 'canary')).toBeDefined();
    expect((await pair.compare()).mismatches).toEqual([]);
  },
);

test('by default it is only listed', async () => {
  const pair = await rig();
  await pair.restore(await pair.backup());
  pair.active.machine.store.remove('schedules', 'Orders/retired');
  const source = await pair.active.component.inventory(signal);
  const result = await pair.standby.component.removeExtras?.(work(), source);
  expect(result).toEqual({ removed: [], listed: expect.arrayContaining(['schedules/Orders/retired']) });
  expect(pair.standby.machine.store.get('schedules', 'Orders/retired')).toBeDefined();
});

test('more than 20 items look like a mistake: all are listed and none is removed', async () => {
  const pair = await rig(remove);
  for (let index = 0; index < 21; index++)
    pair.standby.machine.store.put('topics', { name: `T${index}`, description: '' });
  const source = await pair.active.component.inventory(signal);
  const result = await pair.standby.component.removeExtras?.(work(), source);
  expect(result?.removed).toEqual([]);
  expect(result?.listed).toEqual(expect.arrayContaining(['topics/T0', 'topics/T20']));
});

test('a list that is not complete, at either site, removes nothing of its kind', async () => {
  const pair = await rig(remove);
  await pair.restore(await pair.backup());
  pair.active.machine.store.remove('schedules', 'Orders/retired');
  const whole = await pair.active.component.inventory(signal);
  const partial: Projection = { ...whole, schedules: null };
  expect((await pair.standby.component.removeExtras?.(work(), partial))?.removed).toEqual([]);
  pair.standby.machine.setFault('incompleteList', { path: '/schedules$', how: 'short', missing: 1 });
  expect((await pair.standby.component.removeExtras?.(work(), whole))?.removed).toEqual([]);
});

test('a kind that is empty at the active is never emptied at the standby', async () => {
  const pair = await rig({ build: BOTH, ...remove });
  await pair.restore(await pair.backup());
  pair.active.machine.setFault('incompleteList', { path: '/schedules$', how: 'silent', missing: 99 });
  const source = await pair.active.component.inventory(signal);
  expect(source.schedules).toEqual({});
  expect((await pair.standby.component.removeExtras?.(work(), source))?.removed).toEqual([]);
});

test.each(BUILDS)(
  'a folder or resource of the active that answers 404 leaves its files alone, and is no proof, at build %d',
  async (build) => {
    const pair = await rig({ build, ...remove });
    await pair.restore(await pair.backup());
    const folder =
      build !== NEW
        ? { path: '/FME_SHAREDRESOURCE_DATA/filesys/orders$' }
        : { path: '/FME_SHAREDRESOURCE_DATA/info$', query: '^path=orders$' };
    const root =
      build !== NEW
        ? { path: '/FME_SHAREDRESOURCE_DATA/filesys/$' }
        : { path: '/FME_SHAREDRESOURCE_DATA/info$', query: '^path=$' };
    for (const where of [folder, root, { path: '/resources/connections$' }]) {
      pair.active.machine.setFault('httpError', { method: 'GET', status: 404, ...where });
      const source = await pair.active.component.inventory(signal);
      expect(source).toMatchObject({ files: null, 'file sizes': null });
      expect((await pair.standby.component.removeExtras?.(work(), source))?.removed).toEqual([]);
      expect((await pair.compare()).mismatches).toContainEqual(
        expect.objectContaining({ kind: 'files', name: '(incomplete list)' }),
      );
    }
    pair.active.machine.setFault('httpError', null);
    expect(pair.standby.machine.parts.resources.walk('FME_SHAREDRESOURCE_DATA').map((file) => file.path)).toEqual([
      'orders/one.txt',
      'orders/two.txt',
      'plan.csv',
    ]);
    expect((await pair.compare()).mismatches).toEqual([]);
  },
);

test.each([OLD, NEW])(
  'a folder that is deleted while the files are listed is simply not there, at build %d',
  async (build) => {
    const { active } = await rig({ build });
    const { resources } = active.machine.parts;
    const { children } = resources;
    resources.children = (root, path) => {
      const listed = children(root, path);
      if (root === 'FME_SHAREDRESOURCE_DATA' && path === '') resources.remove(root, 'orders');
      return listed;
    };
    expect((await active.component.inventory(signal)).files).toEqual({ 'FME_SHAREDRESOURCE_DATA/plan.csv': 'file' });
  },
);
