import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { busyWithAPause, startPair, state, told } from './pair-run.ts';
import { expectServing, gate } from './promises.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

describe('Pausing the pair', () => {
  const BOB = { who: 'Bob', why: 'storage migration' };

  test('is written at both sites before it is confirmed, stops syncs, and does not stop a failover', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    const pair = await startPair(scene);
    expect(await pair.handle.executeUpdate<string, [object]>('pause', { args: [BOB] })).toBe(
      'no sync is started from now on',
    );
    expect([(await scene.record('a')).paused, (await scene.record('b')).paused]).toEqual([BOB, BOB]);
    await expect.poll(() => state(pair)).toBe('PAUSED');
    expect(await scene.synced()).toEqual({ outcome: 'paused', why: 'paused by Bob: storage migration' });
    await (await scene.failover()).result();
    await expectServing(scene, 'b', {});
    expect(await pair.handle.executeUpdate('resume')).toBe('syncs are started again');
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'b' });
  });

  test('that is ended while a site is still being told of it is ended as soon as the site can be told', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await told(pair);
    const busy = busyWithAPause(scene);
    await pair.handle.signal('pause', BOB);
    await expect.poll(() => scene.called).toContain('a.setPaused');
    const resumed = pair.handle.executeUpdate<string, []>('resume');
    await stage.env().sleep('3 seconds');
    const looks = (): number => scene.called.filter((name) => name === 'a.observe').length;
    await expect.poll(looks).toBeGreaterThan(1);
    const before = looks();
    busy.open();
    expect(await resumed).toBe('syncs are started again');
    expect(looks() - before).toBeLessThan(3);
    await expect
      .poll(async () => [(await scene.record('a')).paused, (await scene.record('b')).paused])
      .toEqual([undefined, undefined]);
  });

  test('reaches a site that is away later', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await told(pair);
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.setPaused') throw failure('Refused', 'b is away');
      return perform();
    };
    expect(await pair.handle.executeUpdate<string, [object]>('pause', { args: [BOB] })).toBe(
      'no sync is started from now on; b did not answer and will be told later',
    );
    expect([(await scene.record('a')).paused, (await scene.record('b')).paused]).toEqual([BOB, undefined]);
    scene.around = undefined;
    await stage.env().sleep('2 minutes');
    await expect.poll(async () => (await scene.record('b')).paused).toEqual(BOB);
  });

  test('is refused, and not only left open, when the pair ends before it is written down', async () => {
    const scene = await stage.scene();
    const held = gate();
    scene.around = async ({ name }, perform) => {
      if (name === 'loadPlan') {
        await held.opened;
        throw failure('InvalidInput', 'this control worker knows another pair');
      }
      return perform();
    };
    const pair = await startPair(scene);
    const paused = pair.handle.executeUpdate<string, [object]>('pause', { args: [BOB] }).then(String, String);
    await expect.poll(() => scene.called).toContain('control.loadPlan');
    held.open();
    expect((await pair.failure()).type).toBe('InvalidInput');
    expect(await paused).not.toContain('no sync is started');
  });

  test('by a wrong signal is told in the details, until the next right one', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await told(pair);
    const details = async (): Promise<string> =>
      (await pair.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
    await pair.handle.signal('pause', { who: 'Bob', reason: 'storage migration' });
    await expect.poll(async () => (await told(pair)).refused).toContain('pause: "why" is missing or not a text');
    expect(await details()).toContain('**The last signal was not taken:** `pause: "why" is missing');
    expect((await scene.record('a')).paused).toBeUndefined();
    await pair.handle.signal('pause', BOB);
    await expect.poll(() => state(pair)).toBe('PAUSED');
    await expect.poll(async () => (await told(pair)).refused).toBeUndefined();
    expect(await details()).not.toContain('was not taken');
  });

  test('works as a signal, too', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await pair.handle.signal('pause', BOB);
    await expect.poll(async () => (await scene.record('b')).paused).toEqual(BOB);
    await pair.handle.signal('resume');
    await expect.poll(async () => (await scene.record('b')).paused).toBeUndefined();
  });
});
