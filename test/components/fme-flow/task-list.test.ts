import { describe, expect, test } from 'vitest';
import { failureType } from '../../../activities/failure.ts';
import { BUILDS, NEW, OLD, packageOf, rig, signal, work } from './rig.ts';

const TASKS = '/migrations?/tasks$';
const caught = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: Error) => error,
  );

describe.each(BUILDS)('the list of tasks at build %d', (build) => {
  test('one that ends early is not taken for the whole: an unfinished restore may be what is missing', async () => {
    const pair = await rig({ build });
    const bytes = await pair.backup();
    pair.standby.machine.setFault('taskNeverEnds', 'import');
    await caught(pair.standby.fresh({ task: 200 }).restore(work('key'), packageOf(bytes)));
    expect((await pair.standby.component.observe(signal)).tasks).toHaveLength(1);

    pair.standby.machine.setFault('incompleteList', { path: TASKS, how: 'short', missing: 1 });
    const seen = await caught(pair.standby.component.observe(signal));
    expect(failureType(seen)).toBe('Unavailable');
    expect(seen.message).toMatch(/whether a backup or restore still runs in it cannot be told/);
    expect(failureType(await caught(pair.standby.component.stage(work())))).toBe('Unavailable');
  });

  test('one that is not there is not an empty one', async () => {
    const { standby } = await rig({ build });
    standby.machine.setFault('httpError', { path: TASKS, status: 404 });
    expect(failureType(await caught(standby.component.observe(signal)))).toBe('Unavailable');
  });
});

test.each([OLD, NEW])('a list in small pages is read to its end, at build %d', async (build) => {
  const pair = await rig({ build });
  const bytes = await pair.backup();
  for (const key of ['one', 'two', 'three']) await pair.restore(bytes, key);
  pair.standby.machine.setFault('pageLimit', 1);
  expect((await pair.standby.component.observe(signal)).tasks).toEqual([]);
});

describe.each([409, 423])('a post that is answered with %d while nothing runs', (status) => {
  test.each(['resource', 'stream'] as const)('is not repeated for ever (%s)', async (transfer) => {
    const pair = await rig({ config: { transfer } });
    const bytes = await pair.backup();
    pair.standby.machine.setFault('httpError', { method: 'POST', path: '/restore/', status });
    const input = packageOf(bytes);
    let opened = 0;
    const stream = () => {
      opened += 1;
      return input.stream();
    };
    const using = work('key');
    const error = await caught(pair.standby.component.restore(using, { ...input, stream }));
    expect(failureType(error)).toBe('NotYet');
    expect(error.message).toMatch(new RegExp(`5 times with ${status}.*lists no other.*Look at`));
    expect(opened).toBeLessThanOrEqual(5);
    // Each was clearly refused: the intent has a known end.
    expect(using.journal).toEqual([expect.stringMatching(/^intend/), expect.stringMatching(/^ended .* not accepted/)]);
  });

  test('is repeated while it may pass', async () => {
    const pair = await rig();
    const bytes = await pair.backup();
    pair.standby.machine.setFault('httpError', { method: 'POST', path: '/restore/', status, times: 3 });
    await pair.restore(bytes);
    expect((await pair.compare()).mismatches).toEqual([]);
  });
});

const HOUR = 3_600_000;
const shifted = (by: number) => (told: string) => new Date(Date.parse(told) + by).toISOString();

describe('an unfinished restore and the time at which its core was started', () => {
  test.each([
    ['by a clock that was ahead and was set right since', shifted(HOUR)],
    ['by a clock that was behind', shifted(-HOUR)],
    ['in the local time of its machine, without a zone', (told: string) => shifted(HOUR)(told).replace('Z', '')],
  ])('told %s, it lives for as long as its server runs it', async (_, since) => {
    const pair = await rig({ since, standbySettings: { restoreMs: 1_500 } });
    const bytes = await pair.backup();
    const using = work('key');
    const restored = pair.standby.component.restore(using, packageOf(bytes));
    await expect.poll(async () => (await pair.standby.component.observe(signal)).tasks).toHaveLength(1);
    await restored;
    expect(using.journal).toEqual([expect.stringMatching(/^intend/), expect.stringMatching(/^ended .* success/)]);
  });

  describe('at a server that goes on listing what a restart of its core ended', () => {
    const forgetful = { unknowns: { tasksAfterRestart: 'running' } };
    const posted = async (since = (told: string) => told) => {
      const pair = await rig({ ...forgetful, since });
      const bytes = await pair.backup();
      pair.standby.machine.setFault('taskNeverEnds', 'import');
      await caught(pair.standby.fresh({ task: 200 }).restore(work('key'), packageOf(bytes)));
      return pair;
    };
    const restart = async ({ standby: { machine } }: Awaited<ReturnType<typeof posted>>) => {
      await machine.service('stop', 'core');
      await machine.service('start', 'core');
    };
    const tasks = async (component: { observe(signal: AbortSignal): Promise<{ tasks: readonly unknown[] }> }) =>
      (await component.observe(signal)).tasks.length;

    test('it is dead after the restart, for the next worker too', async () => {
      const pair = await posted();
      expect(await tasks(pair.standby.component)).toBe(1);
      await restart(pair);
      expect(await tasks(pair.standby.component)).toBe(0);
      expect(await tasks(pair.standby.fresh())).toBe(0);
      await restart(pair);
      expect(await tasks(pair.standby.fresh())).toBe(0);
    });

    test('it lives where it is first seen after the restart: nobody knows that it began before', async () => {
      let told = false;
      const pair = await posted((since) => (told ? since : shifted(HOUR)(since)));
      await restart(pair);
      told = true;
      expect(await tasks(pair.standby.component)).toBe(1);
    });

    test('it lives while the start that is told is still to come', async () => {
      let ahead = 0;
      const pair = await posted((since) => shifted(ahead)(since));
      await restart(pair);
      ahead = HOUR;
      expect(await tasks(pair.standby.component)).toBe(1);
      ahead = 0;
      expect(await tasks(pair.standby.component)).toBe(0);
    });
  });
});
