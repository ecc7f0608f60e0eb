import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { PlannedComponent } from '../../model/plan.ts';
import { expectServing } from './promises.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

const COMPONENT: PlannedComponent = {
  ...{ name: 'app', kind: 'instant', notPromised: [], deletions: 'report' as const, jobs: 'resubmit' as const },
  drain: JSON.parse('{"limit": 50, "then": "cancel"}'),
};

/** From this call on the source is lost: it answers nothing any more. */
function loseSourceAt(scene: Scene, activity: string): void {
  let lost = false;
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` === activity) lost = true;
    if (lost && (part === 'a' || `${part}.${name}` === activity)) throw failure('Refused', 'a is lost');
    return perform();
  };
}

/** What was not lost with the source: everything up to the newest point in the target's vault. */
const CASES: readonly (readonly [activity: string, step: string, point: string, data: string])[] = [
  ['a.observe', 'observe', 'e1.s1', 'old'],
  ['a.claim', 'claim', 'e1.s1', 'old'],
  ['a.freeze', 'freeze', 'e1.s1', 'old'],
  ['a.backup', 'final-sync', 'e1.s1', 'old'],
  ['a.seal', 'final-sync', 'e1.s1', 'old'],
  ['a.issueReceipt', 'receipt', 'e1.s2', 'new'],
  ['a.demote', 'demote', 'e1.s2', 'new'],
];

describe('A planned failover whose source is lost', () => {
  test.each(CASES)(
    'when %s is called blocks at %s and goes on without it from %s',
    async (activity, step, point, data) => {
      const scene = await stage.scene({ plan: UNASKED });
      scene.apps.a.items.set('one', 'old');
      await scene.synced();
      scene.apps.a.items.set('one', 'new');
      loseSourceAt(scene, activity);
      const run = await scene.failover();
      await run.answer('without-source', { step });
      const claimed = (await scene.record('b')).claim.number;

      const quote = await run.asks('start');
      expect(quote.title, 'the quote is asked for, though no approval was configured').toContain(
        'giving up what a wrote after',
      );
      expect(quote.facts[0]).toContain(`Promotes recovery point ${point}`);
      expect(quote.facts).toContain('a does not answer');
      await run.send(quote.id, 'approve');
      const verdict = await run.answer('confirmed', { step: 'demote' });
      expect(verdict.title).toBe('Can a no longer act?');

      const result = await run.result();
      expect(result).toMatchObject({
        outcome: 'committed',
        point,
        state: 'UNPROTECTED',
        verdict: { result: 'asserted', who: 'Ada' },
      });
      expect(result.rpo).toBeGreaterThanOrEqual(0);
      const b = await scene.record('b');
      expect(b).toMatchObject({ role: 'active', claim: { closed: true }, permission: { by: 'verdict' } });
      expect(b.epoch, 'a new, higher claim').toBeGreaterThan(claimed);
      expect(b.epoch % 2).toBe(0);
      expect(Object.fromEntries(scene.apps.b.items)).toEqual({ one: data });
      expect([...scene.apps.b.enabled].sort()).toEqual(['hourly', 'nightly']);
      expect(scene.door.leadsTo).toBe('b');
    },
  );

  test('after it was demoted needs neither the source nor anything else to go on, and asks for the verdict all the same', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    loseSourceAt(scene, 'b.promote');
    const run = await scene.failover();
    const blocked = await run.asks('promote');
    scene.around = async ({ part }, perform) => {
      if (part === 'a') throw failure('Refused', 'a is lost');
      return perform();
    };
    await run.send(blocked.id, 'without-source');
    await run.answer('approve', { step: 'start' });
    await run.answer('confirmed', { step: 'demote' });
    expect(await run.result()).toMatchObject({ outcome: 'committed', point: 'e1.s1' });
    expect(Object.fromEntries(scene.apps.b.items)).toEqual({ one: '1' });
  });

  test('cannot turn back: giving back and the source itself are not offered any more', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    loseSourceAt(scene, 'a.freeze');
    const run = await scene.failover();
    await run.answer('without-source', { step: 'freeze' });
    scene.around = async ({ part, name }, perform) => {
      if (part === 'a' || name === 'stage') throw failure('Refused', 'no');
      return perform();
    };
    await run.answer('approve', { step: 'start' });
    const blocked = await run.asks('stage');
    expect(blocked.choices).toEqual(['retry', 'skip']);
  });

  test('lapses every approval that was given before: the cutover is asked anew', async () => {
    const scene = await stage.scene({
      plan: { approvals: { ...UNASKED.approvals, planned: ['cutover'], unplanned: ['cutover'] } },
    });
    loseSourceAt(scene, 'a.demote');
    const run = await scene.failover();
    const first = await run.answer('approve', { step: 'cutover' });
    await run.answer('without-source', { step: 'demote' });
    await run.answer('approve', { step: 'start' });
    const second = await run.answer('approve', { step: 'cutover', who: 'Grace' });
    expect(second.id).not.toBe(first.id);
    expect(second.facts.join()).toContain('By approving you assert, in your name, that a cannot act');
    expect(await run.result()).toMatchObject({ outcome: 'committed', verdict: { result: 'asserted', who: 'Grace' } });
  });

  test.each([
    // Only the manifest of the point tells of them.
    ['issueReceipt', 'receipt'],
    // They came with the receipt.
    ['demote', 'demote'],
  ])(
    'when %s is called, asks about the jobs that had been given up there: a lost source may have run them since',
    async (activity, step) => {
      const scene = await stage.scene({ plan: { ...UNASKED, components: [COMPONENT] } });
      scene.apps.a.jobs = [{ component: 'app', id: 'job-1', title: 'report', request: {} }];
      loseSourceAt(scene, `a.${activity}`);
      const run = await scene.failover();
      await run.answer('without-source', { step });
      await run.answer('approve', { step: 'start' });
      await run.answer('confirmed', { step: 'demote' });
      const ask = await run.answer('resubmit', { step: 'release' });
      expect(ask.title).toBe('1 jobs were given up when a was drained. Run them again at b?');
      expect(ask.facts[0]).toContain('a is lost: it may have run them itself');
      await run.result();
      expect(scene.apps.b.log).toContain('resubmit job-1');
      expect((await scene.facts('b')).givenUp).toEqual([]);
    },
  );

  test.each(['a.claim', 'a.freeze', 'a.backup'])(
    'when %s is called and rejected then, closes its claim at a source that answers again',
    async (activity) => {
      const scene = await stage.scene({ plan: UNASKED });
      await scene.synced();
      loseSourceAt(scene, activity);
      const run = await scene.failover();
      await run.answer('without-source');
      scene.around = undefined;
      await run.answer('reject', { step: 'start' });
      expect(await run.result()).toMatchObject({ outcome: 'rejected' });
      expect((await scene.record('a')).claim.closed).toBe(true);
      expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'a' });
      await expectServing(scene, 'a', {});
    },
  );

  test('rejected while it is away says what stays open, and the next sync closes it', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    loseSourceAt(scene, 'a.backup');
    const run = await scene.failover();
    await run.answer('without-source', { step: 'final-sync' });
    await run.answer('reject', { step: 'start' });
    const { notes } = await run.result();
    expect(notes.join()).toMatch(/claim \d+ may still be open at a: the next sync that both sites answer closes it/);
    scene.around = undefined;
    expect((await scene.record('a')).claim.closed).toBe(false);
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'a' });
    await expectServing(scene, 'a', {});
  });

  test('leaves no claim to a source that comes back as a standby: the next sync closes it', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    loseSourceAt(scene, 'b.promote');
    const run = await scene.failover();
    const blocked = await run.asks('promote');
    scene.around = async ({ part }, perform) => {
      if (part === 'a') throw failure('Refused', 'a is lost');
      return perform();
    };
    await run.send(blocked.id, 'without-source');
    await run.answer('approve', { step: 'start' });
    await run.answer('confirmed', { step: 'demote' });
    await run.result();
    scene.around = undefined;
    expect(await scene.record('a')).toMatchObject({ role: 'standby', claim: { closed: false } });
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'b', to: 'a' });
    await expectServing(scene, 'b', {});
  });

  test('rejected then, leaves the source to itself and closes the claim', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    loseSourceAt(scene, 'a.freeze');
    const run = await scene.failover();
    await run.answer('without-source', { step: 'freeze' });
    await run.answer('reject', { step: 'start' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected', state: 'UNPROTECTED' });
    expect((await scene.record('b')).role).toBe('standby');
  });
});
