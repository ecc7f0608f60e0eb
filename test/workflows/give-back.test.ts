import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { refusing } from './faulty.ts';
import { expectServing, times } from './promises.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

describe('Giving back', () => {
  /** Blocks the run at this activity and answers `give-back`. */
  async function givenBackAt(scene: Scene, activity: string): Promise<Awaited<ReturnType<Scene['failover']>>> {
    scene.apps.a.items.set('one', '1');
    const fault = refusing(activity);
    scene.around = fault.around;
    const run = await scene.failover();
    await run.answer('give-back');
    return run;
  }

  test.each(['a.freeze', 'a.backup', 'b.restore', 'b.stage', 'a.issueReceipt', 'b.acceptReceipt', 'a.demote'])(
    'before the source was demoted (blocked at %s) thaws it: nothing has moved',
    async (activity) => {
      const scene = await stage.scene({ plan: UNASKED });
      const run = await givenBackAt(scene, activity);
      expect(await run.result()).toMatchObject({
        outcome: 'given-back',
        why: 'given back by Ada: because of the test',
      });
      await expectServing(scene, 'a', { one: '1' });
      expect((await scene.record('a')).epoch, 'the role was never given up').toBe(1);
    },
  );

  test('does not wait for a target that is lost: nothing of it is needed to thaw the source', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    let lost = false;
    scene.around = async ({ part, name }, perform) => {
      if (part === 'b' && name === 'restore') lost = true;
      if (lost && part === 'b') throw failure('Refused', 'b is lost');
      return perform();
    };
    const run = await scene.failover();
    await run.answer('give-back');
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    expect((await scene.record('a')).role).toBe('active');
    expect(await scene.facts('a')).toMatchObject({ freeze: null, pending: null });
    expect([...scene.apps.a.enabled].sort()).toEqual(['hourly', 'nightly']);
  });

  test('after it was demoted promotes it again under a new claim, which the target granted first', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    const run = await givenBackAt(scene, 'b.promote');
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    await expectServing(scene, 'a', { one: '1' });
    expect(times(scene, 'a', 'release'), 'released once').toBe(1);
    const [a, b] = [await scene.record('a'), await scene.record('b')];
    expect(a).toMatchObject({ epoch: 3, permission: { by: 'peer', peer: { role: 'standby', number: 3 } } });
    expect(b).toMatchObject({ role: 'standby', claim: { number: 3, kind: 'give-back' } });
    expect(scene.called.lastIndexOf('b.claim')).toBeLessThan(scene.called.lastIndexOf('a.claim'));
    expect(await scene.synced(), 'and the pair goes on as before').toMatchObject({ outcome: 'synced', from: 'a' });
  });

  test('while the source is still demoting ends its fence first', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let fenced = false;
    scene.apps.a.before = (method) => {
      if (method === 'quiet' && !fenced) throw failure('Refused', 'the services do not stop');
    };
    const run = await scene.failover();
    const ask = await run.asks('demote');
    expect((await scene.record('a')).role).toBe('demoting');
    fenced = true;
    await run.send(ask.id, 'give-back');
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    await expectServing(scene, 'a', {});
  });

  test('too late: the target turned out to be past the point of no return, so the rest is done', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    scene.around = async ({ part, name }, perform) => {
      const result = await perform();
      // It was done, and the answer is lost for good.
      if (part === 'b' && name === 'promote') throw failure('Refused', 'the connection was closed');
      return result;
    };
    const run = await scene.failover();
    await run.asks('promote');
    scene.around = undefined;
    await run.answer('give-back', { step: 'promote' });
    const result = await run.result();
    expect(result.outcome).toBe('committed');
    expect(result.notes.join()).toContain(
      'not given back (given back by Ada: because of the test): b was past the point of no return',
    );
    await expectServing(scene, 'b', { one: '1' });
  });

  test('that fails in the middle is asked about and goes on where it was', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    const refused = new Set(['b.promote', 'a.activate', 'a.release']);
    scene.around = async ({ part, name }, perform) => {
      if (refused.has(`${part}.${name}`)) throw failure('Refused', `${name} is refused`);
      return perform();
    };
    const run = await scene.failover();
    await run.answer('give-back', { step: 'promote' });
    const first = await run.asks('give-back');
    expect(first.title).toBe('Giving back is blocked: activate is refused');
    refused.delete('a.activate');
    await run.send(first.id, 'retry');
    const second = await run.asks('give-back');
    expect(second.title).toBe('Giving back is blocked: release is refused');
    refused.clear();
    await run.send(second.id, 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    await expectServing(scene, 'a', { one: '1' });
  });

  test('to a source that was lost meanwhile can turn to going on without it', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    scene.around = async ({ part, name }, perform) => {
      if (part === 'b' && name === 'promote') throw failure('Refused', 'promote is refused');
      return perform();
    };
    const run = await scene.failover();
    const ask = await run.asks('promote');
    scene.around = async ({ part }, perform) => {
      if (part === 'a') throw failure('Refused', 'the machine burns');
      return perform();
    };
    await run.send(ask.id, 'give-back');
    await run.answer('without-source', { step: 'give-back' });
    await run.answer('approve', { step: 'start' });
    await run.answer('confirmed', { step: 'demote' });
    expect(await run.result()).toMatchObject({
      outcome: 'committed',
      state: 'UNPROTECTED',
      verdict: { result: 'asserted' },
    });
    expect((await scene.record('b')).role).toBe('active');
    expect(Object.fromEntries(scene.apps.b.items)).toEqual({ one: '1' });
  });

  test('after the demotion, while the target is lost, tells the way out, which serves at the source again', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    let lost = false;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.promote') lost = true;
      if (lost && part === 'b') throw failure('Unavailable', 'b burns');
      return perform();
    };
    const run = await scene.failover();
    await run.answer('give-back', { step: 'promote', skip: '30s' });
    const ask = await run.asks('give-back', { skip: '30s' });
    const input = { pair: 'orders', to: 'a', mode: 'unplanned', reason: 'b is lost' } as const;
    expect(ask.facts[1]).toContain('a was demoted and b does not answer, so nothing serves');
    expect(ask.facts[1]).toContain(`start a failover with ${JSON.stringify(input)}`);
    await run.terminate();

    const out = await scene.failover(input);
    await out.answer('approve', { step: 'start', skip: '30s' });
    await out.answer('approve', { step: 'claim', skip: '30s' });
    await out.answer('confirmed', { step: 'demote', skip: '30s' });
    expect(await out.result({ skip: '30s' })).toMatchObject({ outcome: 'committed' });
    expect((await scene.record('a')).role).toBe('active');
    expect(Object.fromEntries(scene.apps.a.items)).toEqual({ one: '1' });
    expect([...scene.apps.a.enabled].sort()).toEqual(['hourly', 'nightly']);
  });
});
