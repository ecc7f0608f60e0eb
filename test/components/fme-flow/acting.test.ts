import { describe, expect, test } from 'vitest';
import { BOTH, BUILDS, NEW, rig, signal } from './rig.ts';

const SET = { schedules: ['Orders/hourly', 'Orders/nightly'], automations: ['intake'], streams: ['positions'] };

describe.each(BUILDS)('what acts by itself, at build %d', (build) => {
  test('the enabled set names exactly what is enabled, and hold disables all of it', async () => {
    const { active } = await rig({ build });
    const before = await active.component.enabled(signal);
    expect(before.schedules).toEqual(expect.arrayContaining(SET.schedules));
    expect(before).toMatchObject({ automations: SET.automations, streams: SET.streams });

    await active.component.hold(active.work());
    expect(await active.component.enabled(signal)).toMatchObject({ schedules: [], automations: [], streams: [] });

    await active.component.release(active.work(), before);
    expect(await active.component.enabled(signal)).toEqual(before);
  });

  test('release enables the given set and nothing else, also what was enabled meanwhile', async () => {
    const { active } = await rig({ build });
    await active.component.release(active.work(), { ...SET, schedules: ['Orders/retired'] });
    expect(await active.component.enabled(signal)).toMatchObject({ ...SET, schedules: ['Orders/retired'] });
  });
});

test('release tells what is not there, after everything else was done', async () => {
  const { active } = await rig();
  await active.component.hold(active.work());
  const set = { ...SET, schedules: [...SET.schedules, 'Orders/lost'] };
  expect(await active.component.release(active.work(), set)).toEqual(['schedules Orders/lost']);
  expect(await active.component.enabled(signal)).toMatchObject(SET);
});

test('a kind that cannot be held is refused until it is acknowledged', async () => {
  const strict = await rig({ config: { notHeld: [] } });
  await expect(strict.active.component.hold(strict.active.work())).rejects.toThrow(
    /no known way to disable its publications: publications mailbox .*notHeld: \[publications\]/,
  );
  // Everything that can be held is held all the same.
  expect(await strict.active.component.enabled(signal)).toMatchObject({ schedules: [], automations: [] });
});

test('a publication that can be disabled is held and released like the rest', async () => {
  const { active } = await rig({ config: { notHeld: [] }, unknowns: { publicationEnable: 'put-object' } });
  const before = await active.component.enabled(signal);
  expect(before.publications).toEqual(['mailbox']);
  await active.component.hold(active.work());
  expect((await active.component.enabled(signal)).publications).toEqual([]);
  await active.component.release(active.work(), before);
  expect((await active.component.enabled(signal)).publications).toEqual(['mailbox']);
});

test.each([BOTH, NEW])('a list that ends early is not held as if it were whole, at build %d', async (build) => {
  const { active } = await rig({ build });
  active.machine.setFault('incompleteList', { path: '/schedules', how: 'short', missing: 1 });
  await expect(active.component.hold(active.work())).rejects.toThrow(/does not give the whole list of schedules/);
  await expect(active.component.enabled(signal)).rejects.toThrow(/not known/);
  expect((await active.component.inventory(signal)).schedules).toBeNull();
});

test.each(BUILDS)('pages that are smaller than asked for are read to the end, at build %d', async (build) => {
  const { active } = await rig({ build });
  const before = await active.component.enabled(signal);
  const inventory = await active.component.inventory(signal);
  active.machine.setFault('pageLimit', 1);
  expect(await active.component.enabled(signal)).toEqual(before);
  expect(await active.component.inventory(signal)).toEqual(inventory);
});

test('a quiet site has its engines stopped, not started with the machine, and everything held', async () => {
  const { active } = await rig();
  await active.component.quiet(active.work());
  expect(await active.machine.service('status', 'engines')).toMatchObject({ running: false, startsWithMachine: false });
  expect((await active.component.observe(signal)).executing).toEqual({ running: false, startsWithMachine: false });
  expect(await active.component.enabled(signal)).toMatchObject({ schedules: [], automations: [], streams: [] });
});

test('a site is made quiet by its own service commands', async () => {
  const { active } = await rig({ programs: true });
  await active.component.quiet(active.work());
  expect(await active.machine.service('status', 'engines')).toMatchObject({ running: false, startsWithMachine: false });
});

test.each([{ running: false }, { state: 'stopped', startsWithMachine: false }])(
  'a status command that says %j proves nothing: it is refused, and what it is about is stopped all the same',
  async (statusPrints) => {
    const { active } = await rig({ programs: { statusPrints } });
    const told = expect.stringMatching(/has to print \{"running": true\|false, "startsWithMachine": true\|false\}/);
    const engines = (await active.component.check(signal)).filter(({ topic }) => topic === 'engines');
    expect(engines).toEqual([expect.objectContaining({ level: 'error', says: told })]);
    await expect(active.component.observe(signal)).rejects.toThrow(/has to print/);
    await expect(active.component.quiet(active.work())).rejects.toThrow(/has to print/);
    expect(await active.machine.service('status', 'engines')).toMatchObject({
      running: false,
      startsWithMachine: false,
    });
  },
);

test('its engines are stopped by the machine alone where its API does not know the token any more', async () => {
  const { active } = await rig({ programs: true });
  active.machine.setFault('tokenExpired', true);
  await expect(active.component.identify()).rejects.toThrow(/token/);
  await active.component.stopExecuting?.(active.work());
  expect(await active.machine.service('status', 'engines')).toMatchObject({ running: false, startsWithMachine: false });
});

test('engines that do not stop are no fence', async () => {
  const { active } = await rig({ limits: { engines: 200 } });
  active.machine.setFault('enginesDoNotStop', true);
  await expect(active.component.quiet(active.work())).rejects.toThrow(/did not stop|still run/);
});

test('a site whose core is down is quiet when its engines are', async () => {
  const { active } = await rig();
  await active.machine.service('stop', 'core');
  await active.component.quiet(active.work());
  expect(await active.machine.service('status', 'engines')).toMatchObject({ running: false });
});
