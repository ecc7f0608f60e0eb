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
    const pair = await rig({ build, limits: { task: 200 } });
    const bytes = await pair.backup();
    pair.standby.machine.setFault('taskNeverEnds', 'import');
    await caught(pair.standby.component.restore(work('key'), packageOf(bytes)));
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
