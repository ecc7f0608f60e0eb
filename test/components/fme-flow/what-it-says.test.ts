import { describe, expect, test } from 'vitest';
import { failureType } from '../../../activities/failure.ts';
import { BUILDS, NEW, OLD, packageOf, type Rig, rig, signal, work } from './rig.ts';

const SMOKE = { config: { smoke: { repository: 'Orders', workspace: 'smoke.fmw' } } };
const caught = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: Error) => error,
  );
const held = async (pair: Rig) => (await pair.standby.component.enabled(signal)).schedules;

describe.each([OLD, NEW])('what a person reads of a server that is not well, at build %d', (build) => {
  test('a restore that says success and leaves something out is found by the comparison, item by item', async () => {
    const pair = await rig({ build });
    const bytes = await pair.backup();
    pair.standby.machine.setFault('restoreLoses', ['schedules/Orders/nightly', 'connections/canary']);
    const done = await pair.restore(bytes);
    expect(done.journal.at(-1)).toMatch(/^ended .* success/);
    expect((await pair.compare()).mismatches).toEqual([
      { kind: 'connections', name: 'canary', difference: 'missing' },
      { kind: 'schedules', name: 'Orders/nightly', difference: 'missing' },
    ]);
    pair.standby.machine.setFault('restoreLoses', null);
    await pair.restore(bytes, 'again');
    expect((await pair.compare()).mismatches).toEqual([]);
  });

  test('a package with a wrong byte in it is damaged, and another point is advised', async () => {
    const pair = await rig({ build });
    pair.active.machine.setFault('corruptPackage', true);
    const bytes = await pair.backup();
    const using = work('key');
    const error = await caught(pair.standby.component.restore(using, packageOf(bytes)));
    expect(failureType(error)).toBe('Damaged');
    expect(error.message).toMatch(/The package is damaged, or was made by another product; choose another point/);
    expect(using.journal.at(-1)).toMatch(/^ended .* failed/i);
    expect(await held(pair)).toEqual([]);
  });

  test('jobs that fail keep a site from counting as active: the smoke job says which, and how its log ends', async () => {
    const pair = await rig({ build, ...SMOKE });
    await pair.restore(await pair.backup());
    pair.standby.machine.setFault('jobsFail', true);
    const error = await caught(pair.standby.component.start(work()));
    expect(failureType(error)).toBe('NotYet');
    expect(error.message).toMatch(
      /smoke job Orders\/smoke\.fmw at dc2 \(job \d+\) ended as .*; its log ends with: .*The engine ended with an error/,
    );
    pair.standby.machine.setFault('jobsFail', null);
    expect((await pair.standby.component.start(work())).join('\n')).toMatch(/smoke job \d+ succeeded/);
  });
});

test('engines that do not start are said in the words of their command, and nothing counts as started', async () => {
  const pair = await rig(SMOKE);
  await pair.restore(await pair.backup());
  pair.standby.machine.setFault('enginesDoNotStart', true);
  const error = await caught(pair.standby.component.start(work()));
  expect(error.message).toMatch(/The engines did not start: error 1068/);
  expect((await pair.standby.component.observe(signal)).executing.running).toBe(false);
  expect(pair.ledger()).toEqual([]);
  pair.standby.machine.setFault('enginesDoNotStart', null);
  expect((await pair.standby.component.start(work())).join('\n')).toMatch(/serve every queue/);
});

test.each(BUILDS)('servers on two time zones each say theirs, where they tell it, at build %d', async (build) => {
  const pair = await rig({ build });
  pair.active.machine.setFault('timeZone', '+0200');
  const zones = await Promise.all(
    [pair.active, pair.standby].map(async ({ component }) => (await component.observe(signal)).timeZone),
  );
  expect(zones).toEqual(build === NEW ? [undefined, undefined] : ['+0200', '+0000']);
  const found = await pair.active.component.check(signal);
  expect(found.find(({ topic }) => topic === 'time zone')?.says).toContain(
    build === NEW ? 'does not tell its time zone' : '+0200',
  );
});
