import { describe, expect, test, vi } from 'vitest';
import { failureType } from '../../../activities/failure.ts';
import { BOTH, BUILDS, NEW, OLD, packageOf, type Rig, rig, signal, whole, work } from './rig.ts';

const POST = { method: 'POST', times: 1 };
const imports = (pair: Rig) => pair.standby.machine.parts.migration.list().filter((task) => task.type === 'IMPORT');
const exports = (pair: Rig) => pair.active.machine.parts.migration.list().filter((task) => task.type === 'EXPORT');
const caught = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: Error) => error,
  );

describe.each(BUILDS)('an uncertain answer at build %d', (build) => {
  test.each(['resource', 'stream'] as const)(
    'a restore whose answer was lost is adopted, not posted twice (%s)',
    async (transfer) => {
      const pair = await rig({ build, config: { transfer } });
      const bytes = await pair.backup();
      pair.standby.machine.setFault('dropAfter', { ...POST, path: '/restore/' });
      await pair.restore(bytes);
      expect(imports(pair)).toHaveLength(1);
      expect((await pair.compare()).mismatches).toEqual([]);
    },
  );

  test('a restore that never arrived is posted again', async () => {
    const pair = await rig({ build });
    const bytes = await pair.backup();
    pair.standby.machine.setFault('dropBefore', { ...POST, path: '/restore/' });
    await pair.restore(bytes);
    expect(imports(pair)).toHaveLength(1);
  });

  test('a backup whose answer was lost is adopted', async () => {
    const pair = await rig({ build });
    pair.active.machine.setFault('dropAfter', { ...POST, path: '/backup/' });
    await pair.restore(await pair.backup());
    expect(exports(pair)).toHaveLength(1);
  });

  test("a proxy's error page in the place of an answer is no end", async () => {
    const pair = await rig({ build });
    pair.active.machine.setFault('httpError', { ...POST, path: '/backup/', status: 503 });
    await pair.restore(await pair.backup());
    expect((await pair.compare()).mismatches).toEqual([]);
  });
});

describe('an attempt after a crash', () => {
  test('adopts the restore that still runs, and waits for it', async () => {
    const pair = await rig({ standbySettings: { restoreMs: 600 } });
    const bytes = await pair.backup();
    const controller = new AbortController();
    const first = { ...work('key'), signal: controller.signal };
    const dying = pair.standby.component.restore(first, packageOf(bytes));
    const caughtFirst = caught(dying);
    while (imports(pair).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(new Error('the worker died'));
    await caughtFirst;

    const [name] = first.journal.map((line) => line.split(' ')[1]);
    const second = work('key', [name as string]);
    await pair.standby.fresh().restore(second, packageOf(bytes));
    expect(imports(pair)).toHaveLength(1);
    expect(second.journal).toEqual([expect.stringMatching(/^ended .* success/)]);
    expect((await pair.compare()).mismatches).toEqual([]);
    expect(await pair.standby.component.enabled(signal)).toMatchObject({ schedules: [] });
  });

  test('settles an intent that the application never saw, then posts anew under another name', async () => {
    const pair = await rig({ limits: { appear: 100 } });
    const bytes = await pair.backup();
    const lost = 'understudy-key-2c70e12b7a06-1.fsconfig';
    const using = work('key', [lost]);
    await pair.standby.component.restore(using, packageOf(bytes));
    expect(using.journal[0]).toMatch(`ended ${lost} not known`);
    expect(using.journal[1]).toMatch(/^intend .*-2\.fsconfig$/);
  });

  test('a backup that still runs is adopted', async () => {
    const pair = await rig({ settings: { backupMs: 500 } });
    const controller = new AbortController();
    const first = caught(pair.active.component.backup({ ...work('key'), signal: controller.signal }));
    while (exports(pair).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(new Error('the worker died'));
    await first;
    const again = await pair.active.fresh().backup(work('key'));
    await whole(again.stream);
    await again.finish();
    expect(exports(pair)).toHaveLength(1);
  });
});

describe('tasks that go wrong', () => {
  test.each(BUILDS)('a failed restore is a failure with the words of its log, at build %d', async (build) => {
    const pair = await rig({ build });
    const bytes = await pair.backup();
    pair.standby.machine.setFault('taskFails', 'import');
    const error = await caught(pair.restore(bytes));
    expect(error.message).toMatch(/failed in http.*The task failed by order/);
    expect(failureType(error)).toBe('Unavailable');
    pair.standby.machine.setFault('taskFails', null);
    const again = await pair.restore(bytes);
    expect(again.journal[0]).toMatch(/-2\.fsconfig$/);
  });

  test('a restore that never ends is unknown after its limit, and stays listed', async () => {
    const pair = await rig();
    const bytes = await pair.backup();
    pair.standby.machine.setFault('taskNeverEnds', 'import');
    const using = work('key');
    const error = await caught(pair.standby.fresh({ task: 300 }).restore(using, packageOf(bytes)));
    expect(failureType(error)).toBe('NotYet');
    expect(error.message).toMatch(/may still run/);
    // The intent has no known end: no claim is granted past it.
    expect(using.journal).toEqual([expect.stringMatching(/^intend/)]);
    expect((await pair.standby.component.observe(signal)).tasks).toHaveLength(1);

    await pair.standby.component.stopCore?.(work());
    await pair.standby.machine.service('start', 'core');
    expect((await pair.standby.component.observe(signal)).tasks).toEqual([]);
  });

  // It must not have them: a restore brings schedules back enabled.
  test.each([
    ['waits', /has had no end for .* may still run.*must not run engines/],
    ['fails', /restores only with running engines, which a standby must not have/],
  ] as const)('a server that %s without engines is refused, and the standby gets none', async (how, says) => {
    const pair = await rig();
    const bytes = await pair.backup();
    await pair.standby.component.quiet(work());
    pair.standby.machine.setFault('restoreNeedsEngines', how);
    const restored = pair.standby
      .fresh({ task: how === 'fails' ? 20_000 : 500 })
      .restore(work('key'), packageOf(bytes));
    expect((await caught(restored)).message).toMatch(says);
    expect((await pair.standby.component.observe(signal)).executing.running).toBe(false);
  });

  test('a full disk is said to be one', async () => {
    const pair = await rig();
    const bytes = await pair.backup();
    pair.standby.machine.setFault('diskFull', true);
    expect(failureType(await caught(pair.restore(bytes)))).toBe('NoSpace');
    pair.active.machine.setFault('diskFull', true);
    expect(failureType(await caught(pair.backup('other')))).toBe('NoSpace');
  });

  test('a package that is none is damaged, and is not restored', async () => {
    for (const build of [OLD, NEW]) {
      const pair = await rig({ build, config: { transfer: 'stream' } });
      const error = await caught(pair.restore(Buffer.from('this is no package at all')));
      expect(failureType(error)).toBe('Damaged');
      expect(error.message).toMatch(/choose another point/);
    }
  });
});

describe('transfers that break', () => {
  test.each([
    ['resource', 'broken'],
    ['resource', 'short'],
    ['stream', 'broken'],
    ['stream', 'short'],
  ] as const)('a download by %s that is %s is never taken for a package', async (transfer, how) => {
    for (const build of [OLD, NEW]) {
      const pair = await rig({ build, config: { transfer } });
      pair.active.machine.setFault('truncatedDownload', how);
      const error = await caught(pair.backup());
      expect(failureType(error)).toBe('Unavailable');
      pair.active.machine.setFault('truncatedDownload', null);
      await pair.restore(await pair.backup());
      expect((await pair.compare()).mismatches).toEqual([]);
    }
  });

  test.each([BOTH, NEW])('an upload of which a part failed (207) is an error, at build %d', async (build) => {
    const pair = await rig({ build });
    const bytes = await pair.backup();
    pair.standby.machine.setFault('upload207', true);
    const error = await caught(pair.restore(bytes));
    expect(failureType(error)).toBe('Unavailable');
    expect(error.message).toMatch(/207.*a part of it failed/);
    expect(imports(pair)).toEqual([]);
  });

  test('a package that ends too early at our side is not restored', async () => {
    const pair = await rig();
    const bytes = await pair.backup();
    const short = { ...packageOf(bytes.subarray(0, 1000)), bytes: bytes.length };
    await caught(pair.standby.component.restore(work('key'), short));
    expect(imports(pair)).toEqual([]);
  });
});

describe('health and login', () => {
  test.each(BUILDS)('"200 and not ok" is unhealthy, and so is an error status, at build %d', async (build) => {
    const { active } = await rig({ build });
    for (const how of ['quiet', 'status'] as const) {
      active.machine.setFault('unhealthy', how);
      expect((await active.component.observe(signal)).health.healthy).toBe(false);
    }
    active.machine.setFault('unhealthy', null);
    expect((await active.component.observe(signal)).health.healthy).toBe(true);
  });

  test('an expired token is refused with what to do, and never shown', async () => {
    const { active } = await rig();
    active.machine.setFault('tokenExpired', true);
    const error = await caught(active.component.enabled(signal));
    expect(failureType(error)).toBe('Refused');
    expect(error.message).toMatch(/make a new one at this server/);
    expect(error.message).not.toContain('token-of-dc1');
  });

  test('a server that is gone is unavailable, within a moment', async () => {
    const { active } = await rig();
    await active.machine.service('stop', 'core');
    expect(failureType(await caught(active.component.identify()))).toBe('Unavailable');
  });

  test('a server that hangs is unavailable after the limit of a request', async () => {
    const { active } = await rig();
    const impatient = active.fresh({ request: 1_000 });
    // It knows the server when it meets the silence, so that no other request can be what was too slow.
    await vi.waitFor(() => impatient.identify(), { timeout: 20_000 });
    active.machine.setFault('hang', { path: '/schedules' });
    expect(failureType(await caught(impatient.enabled(signal)))).toBe('Unavailable');
  });
});
