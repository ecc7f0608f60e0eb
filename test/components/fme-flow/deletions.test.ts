import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withinCap } from '../../../activities/components/fme-flow/deletion-cap.ts';
import type { Projection } from '../../../model/inventory.ts';
import { BOTH, BUILDS, NEW, OLD, rig, type Side, signal, work } from './rig.ts';

const remove = { config: { deletions: 'remove' } };

/** So many more workspaces, that a few are not much. */
function publish({ machine: { store, parts } }: Side, count: number): void {
  const published = '2026-01-02T03:04:05.000Z';
  const names = Array.from({ length: count }, (_, index) => `report-${index}.fmw`);
  parts.repositories.makeFolder('Reports', '');
  for (const name of names) writeFileSync(parts.repositories.locate('Reports', name), name);
  const file = (name: string) => ({
    name,
    type: 'WORKSPACE' as const,
    size: name.length,
    published,
    publishedBy: 'admin',
  });
  const files = Object.fromEntries(names.map((name) => [name, file(name)]));
  store.put('repositories', { name: 'Reports', description: '', owner: 'admin', sharable: true, files });
}

test.each(BUILDS)(
  'what the active deleted is deleted at the standby, when the configuration says so, at build %d',
  async (build) => {
    const pair = await rig({ build, ...remove });
    publish(pair.active, 40);
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

test('of a kind that is beyond the cap all is listed and none removed; the other kinds are removed all the same', async () => {
  const pair = await rig(remove);
  await pair.restore(await pair.backup());
  // Two of six workspaces are more than one and more than 5 %; their repository would take them along.
  pair.active.machine.store.remove('repositories', 'Samples');
  pair.active.machine.store.remove('schedules', 'Orders/retired');
  const source = await pair.active.component.inventory(signal);
  const result = await pair.standby.component.removeExtras?.(work(), source);
  expect(result?.removed).toEqual(['schedules/Orders/retired']);
  expect(result?.listed).toEqual(
    expect.arrayContaining(['workspaces/Samples/austinApartments.fmw', 'repositories/Samples']),
  );
  expect(pair.standby.machine.store.get('repositories', 'Samples')).toBeDefined();
});

test('a repository stays where its workspaces are not known whole', async () => {
  const pair = await rig(remove);
  publish(pair.active, 40);
  await pair.restore(await pair.backup());
  pair.active.machine.store.remove('repositories', 'Samples');
  const source = await pair.active.component.inventory(signal);
  const result = await pair.standby.component.removeExtras?.(work(), { ...source, workspaces: null });
  expect(result?.removed).toEqual([]);
});

describe('the cap of deletions', () => {
  const of = (...extras: [kind: string, has: number, extra: number][]) => [
    ...withinCap(extras.map(([kind, has, extra]) => ({ kind, has, extra }))),
  ];

  test.each([
    ['one item of a small kind', [['schedules', 3, 1]], ['schedules']],
    ['two of a small kind', [['schedules', 39, 2]], []],
    ['5 % of a large one', [['files', 400, 20]], ['files']],
    ['more than 5 % of a large one', [['files', 399, 20]], []],
    ['5 % of a kind, but more than 20', [['files', 10_000, 21]], []],
    ['nothing', [['files', 10_000, 0]], []],
    // Each within its own 5 %, and within 20 together only without the one in the middle.
    [
      'several kinds together',
      [
        ['topics', 400, 12],
        ['workspaces', 400, 12],
        ['files', 400, 8],
      ],
      ['topics', 'files'],
    ],
    [
      'a repository and its workspaces',
      [
        ['workspaces', 40, 2],
        ['repositories', 5, 1],
      ],
      ['workspaces', 'repositories'],
    ],
    [
      'a repository whose workspaces are too many',
      [
        ['workspaces', 40, 3],
        ['repositories', 5, 1],
      ],
      [],
    ],
    [
      'a repository without workspaces',
      [
        ['workspaces', 40, 0],
        ['repositories', 5, 1],
      ],
      ['repositories'],
    ],
    // A hundred others do not make room for the loss of all schedules.
    [
      'all of one kind in a large installation',
      [
        ['schedules', 19, 18],
        ['files', 5_000, 0],
      ],
      [],
    ],
  ] as [string, [string, number, number][], string[]][])('%s', (_what, extras, kinds) => {
    expect(of(...extras)).toEqual(kinds);
  });
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
