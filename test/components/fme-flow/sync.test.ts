import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { failureType } from '../../../activities/failure.ts';
import { BOTH, BUILDS, NEW, OLD, packageOf, rig, signal, work } from './rig.ts';

describe.each(BUILDS)('a sync at build %d', (build) => {
  test.each(['resource', 'stream'] as const)('brings everything to the standby by %s, held', async (transfer) => {
    const pair = await rig({ build, config: { transfer, canary: 'canary' } });
    const bytes = await pair.backup();
    const done = await pair.restore(bytes);

    const { mismatches, equal } = await pair.compare();
    expect(mismatches).toEqual([]);
    expect(equal).toBeGreaterThan(20);
    expect(await pair.standby.component.enabled(signal)).toMatchObject({ schedules: [], automations: [], streams: [] });
    expect(done.journal).toEqual([
      expect.stringMatching(/^intend understudy-.*-1\.fsconfig$/),
      expect.stringMatching(/^ended understudy-.*-1\.fsconfig success/),
    ]);
    expect(pair.runTwice()).toEqual([]);
  });

  test('a second sync carries over what changed', async () => {
    const pair = await rig({ build });
    await pair.restore(await pair.backup());
    const { store, parts } = pair.active.machine;
    const schedule = store.get('schedules', 'Orders/nightly');
    if (schedule) store.put('schedules', { ...schedule, description: 'changed', workspace: 'smoke.fmw' });
    writeFileSync(parts.resources.locate('FME_SHAREDRESOURCE_DATA', 'plan.csv'), 'longer than it was before');
    expect((await pair.compare()).mismatches.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      ...(build === NEW ? [] : ['file sizes/FME_SHAREDRESOURCE_DATA/plan.csv']),
      'schedules/Orders/nightly',
    ]);
    await pair.restore(await pair.backup('second'), 'second');
    expect((await pair.compare()).mismatches).toEqual([]);
    expect(pair.standby.machine.store.get('schedules', 'Orders/nightly')).toMatchObject({ workspace: 'smoke.fmw' });
  });

  test('leaves no package of ours at either site', async () => {
    const pair = await rig({ build });
    await pair.restore(await pair.backup());
    for (const side of [pair.active, pair.standby]) {
      await side.component.clean(side.work());
      expect(side.machine.parts.resources.walk('FME_SHAREDRESOURCE_BACKUP')).toEqual([]);
    }
  });

  test('observes identity, version, health, executing parts and tasks', async () => {
    const pair = await rig({ build });
    const seen = await pair.active.component.observe(signal);
    expect(seen).toMatchObject({
      identity: pair.active.machine.machineKey,
      version: expect.stringContaining(`Build ${build}`),
      health: { healthy: true },
      executing: { running: true, startsWithMachine: true },
      tasks: [],
    });
    expect(Date.parse(seen.started)).not.toBeNaN();
    expect(await pair.active.component.identify()).toBe(pair.active.machine.machineKey);
  });
});

test('a standby that was upgraded first is no difference', async () => {
  for (const [build, standbyBuild] of [
    [OLD, BOTH],
    [BOTH, NEW],
  ] as const) {
    const pair = await rig({ build, standbyBuild });
    await pair.restore(await pair.backup());
    expect((await pair.compare()).mismatches).toEqual([]);
  }
});

test.each([
  [BOTH, OLD],
  [NEW, BOTH],
])(
  'a package of build %d is refused by a standby of build %d, which is to be upgraded',
  async (build, standbyBuild) => {
    const pair = await rig({ build, standbyBuild });
    const bytes = await pair.backup();
    const using = work('key');
    const error = await pair.standby.component.restore(using, packageOf(bytes)).then(
      () => undefined,
      (caught: Error) => caught,
    );
    expect(failureType(error)).toBe('Refused');
    expect(error?.message).toContain(`made by build ${build}, which is newer than this server's build ${standbyBuild}`);
    expect(error?.message).toMatch(/dc2 is older than the active: .* Upgrade it/);
    expect(using.journal.at(-1)).toMatch(/^ended .* failed: /i);
    expect(pair.standby.machine.store.get('schedules', 'Orders/nightly')).toBeUndefined();
  },
);

test('a restore that fails in the middle leaves what it brought held, and says why', async () => {
  const pair = await rig();
  const bytes = await pair.backup();
  pair.standby.machine.setFault('restoreFailsHalfway', true);
  const using = work('key');
  await expect(pair.standby.component.restore(using, packageOf(bytes))).rejects.toThrow(/internal error/);
  expect(using.journal.at(-1)).toMatch(/^ended .* failed: /i);
});
