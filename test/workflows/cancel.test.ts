import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { expectServing, gate, times } from './promises.ts';
import type { Running } from './running.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

/** Cancels the failover while this activity runs, once. */
async function cancelledDuring(scene: Scene, activity: string, input = {}): Promise<Running<unknown>> {
  scene.apps.a.items.set('one', '1');
  const started = gate();
  let run: Running<unknown> | undefined;
  let once = true;
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` !== activity || !once) return perform();
    once = false;
    await started.opened;
    await run?.cancel();
    return perform();
  };
  run = await scene.failover(input);
  started.open();
  return run;
}

describe('Cancelling a failover', () => {
  test('while it asks whether to start ends it; nothing was touched', async () => {
    const scene = await stage.scene();
    const before = await scene.record('a');
    const run = await scene.failover();
    await run.asks('start');
    await run.handle.cancel();
    expect((await run.failure()).type).toBe('CancelledFailure');
    expect((await run.handle.describe()).status.name).toBe('CANCELLED');
    expect(await scene.record('a')).toEqual(before);
    expect((await run.status()).ask, 'nothing waits for an answer any more').toBeUndefined();
  });

  test.each([
    'a.claim',
    'b.claim',
    'a.freeze',
    'a.backup',
    'b.restore',
    'b.stage',
    'a.issueReceipt',
    'b.acceptReceipt',
  ])('during %s gives back: the source serves as before, and no claim is open', async (activity) => {
    const scene = await stage.scene({ plan: UNASKED });
    const run = await cancelledDuring(scene, activity);
    expect((await run.failure()).type).toBe('CancelledFailure');
    await expectServing(scene, 'a', { one: '1' });
    expect((await scene.record('a')).epoch, 'the role never moved').toBe(1);
  });

  test('during the demotion gives back what was demoted', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    const run = await cancelledDuring(scene, 'a.demote');
    expect((await run.failure()).type).toBe('CancelledFailure');
    await expectServing(scene, 'a', { one: '1' });
    expect((await scene.record('a')).epoch).toBe(3);
  });

  test('while it asks for the cutover thaws the source', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...UNASKED.approvals, planned: ['cutover'] } } });
    const run = await scene.failover();
    await run.asks('cutover');
    await run.handle.cancel();
    expect((await run.failure()).type).toBe('CancelledFailure');
    await expectServing(scene, 'a', {});
    expect(times(scene, 'a', 'release')).toBe(1);
  });

  test.each([
    'b.promote',
    'b.activate',
    'control.moveRedirect',
    'b.runCheck',
    'b.release',
    'a.handOver',
    'b.closeClaim',
  ])('during %s comes too late: what is left is finished', async (activity) => {
    const scene = await stage.scene({ plan: UNASKED });
    const run = await cancelledDuring(scene, activity);
    const result = (await run.result()) as { outcome: string; notes: string[] };
    expect(result.outcome).toBe('committed');
    if (activity !== 'b.closeClaim') expect(result.notes.join()).toMatch(/past the point|after the point/);
    expect((await run.handle.describe()).status.name).toBe('COMPLETED');
    await expectServing(scene, 'b', { one: '1' });
    expect(times(scene, 'b', 'release')).toBe(1);
  });

  test('that goes on without its source, before the promotion, closes its claim and ends', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    const run = await scene.failover({ mode: 'unplanned' });
    await run.answer('approve', { step: 'start' });
    await run.asks('demote');
    await run.handle.cancel();
    expect((await run.failure()).type).toBe('CancelledFailure');
    await expectServing(scene, 'a', {});
  });

  test('that goes on without its source, during the promotion, is finished', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    const run = await cancelledDuring(scene, 'b.promote', { mode: 'unplanned' });
    await run.answer('approve', { step: 'start' });
    await run.answer('confirmed', { step: 'demote' });
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    expect((await scene.record('b')).role).toBe('active');
  });

  test('twice changes nothing: giving back is not interrupted, and asks when it is blocked', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...UNASKED.approvals, planned: ['cutover'] } } });
    let refuse = true;
    scene.around = async ({ name }, perform) => {
      if (name === 'thaw' && refuse) throw failure('Refused', 'not now');
      return perform();
    };
    const run = await scene.failover();
    await run.asks('cutover');
    await run.handle.cancel();
    const blocked = await run.asks('give-back');
    await run.handle.cancel();
    refuse = false;
    await run.send(blocked.id, 'retry');
    expect((await run.failure()).type).toBe('CancelledFailure');
    await expectServing(scene, 'a', {});
  });
});
