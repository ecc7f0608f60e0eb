import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { Fence } from '../../activities/fences/fence.ts';
import type { PlannedComponent } from '../../model/plan.ts';
import { expectServing, times } from '../workflows/promises.ts';
import { useStage } from '../workflows/stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

describe('Between demote and promote', () => {
  test('nobody is waited for: a pause that comes then counts after the promotion', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ name }, perform) => {
      if (name === 'demote') await run.handle.signal('pause', { who: 'Bob', why: 'a moment' });
      return perform();
    };
    const run = await scene.failover();
    await expect.poll(async () => (await scene.record('b')).role).toBe('active');
    expect((await run.steps()).redirect).toBe('waiting');
    await run.handle.signal('resume');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
  });

  test.each([
    ['demoting', 'quiet'],
    ['standby', 'none'],
  ] as const)(
    'the target is lost for good, and the source, which is %s by now, takes its role back',
    async (role, fails) => {
      const scene = await stage.scene({ plan: UNASKED });
      scene.apps.a.items.set('one', '1');
      let refuse = true;
      scene.apps.a.before = (method) => {
        if (method === fails && refuse) throw failure('Refused', 'the services do not stop');
      };
      scene.around = async ({ part, name }, perform) => {
        if (`${part}.${name}` === 'b.promote') throw failure('Refused', 'b burned down');
        return perform();
      };
      const first = await scene.failover();
      await first.asks(role === 'demoting' ? 'demote' : 'promote');
      expect((await scene.record('a')).role).toBe(role);
      await first.terminate();
      refuse = false;
      scene.around = async ({ part }, perform) => {
        if (part === 'b') throw failure('Refused', 'b burned down');
        return perform();
      };

      const run = await scene.failover({ to: 'a', mode: 'unplanned', reason: 'b burned down' });
      await run.answer('approve', { step: 'start' });
      await run.answer('approve', { step: 'claim' });
      await run.answer('confirmed', { step: 'demote' });
      expect(await run.result()).toMatchObject({ outcome: 'committed', to: 'a', point: 'e1.s1' });
      expect(await scene.record('a')).toMatchObject({ role: 'active', claim: { closed: true } });
      expect([...scene.apps.a.enabled].sort()).toEqual(['hourly', 'nightly']);
      expect(times(scene, 'a', 'restore'), 'what it holds is not restored over itself').toBe(0);
    },
  );
});

describe('A site that was away at the end of a failover', () => {
  test('is told by the next sync that the claim is over, and nobody has to take it over', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    scene.around = async ({ part, name }, perform) => {
      if (part === 'a' && (name === 'handOver' || name === 'closeClaim')) throw failure('Refused', 'a is away');
      return perform();
    };
    const result = await (await scene.failover()).result();
    expect(result.notes).toContain('the claim at a could not be closed');
    scene.around = undefined;
    expect((await scene.record('a')).claim.closed).toBe(false);
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'b', to: 'a' });
    await expectServing(scene, 'b', { one: '1' });
  });
});

describe('The first setup', () => {
  test('is refused where the applications show that the other site serves, before anything is changed', async () => {
    const scene = await stage.emptyScene();
    [scene.apps.a.executing, scene.apps.b.executing] = [false, true];
    const run = await scene.run<unknown>('setup', 'setup/orders/wrong', { pair: 'orders' });
    expect(await run.failure()).toMatchObject({
      type: 'Contradiction',
      message: expect.stringContaining('the executing parts run at b and not at a'),
    });
    expect(scene.apps.b).toMatchObject({ executing: true, log: [] });
  });
});

describe('Jobs that were given up', () => {
  const job = (id: string) => ({ component: 'app', id, title: `job ${id}`, request: { workspace: id } });
  const component = (jobs: PlannedComponent['jobs']): PlannedComponent => ({
    ...{ name: 'app', kind: 'instant', notPromised: [], deletions: 'report', jobs },
    drain: JSON.parse('{"limit": 20, "then": "cancel"}'),
  });
  const CUTOVER = { ...UNASKED.approvals, planned: ['cutover'] } as const;

  test('run at the source again when the role is given back: they had been accepted', async () => {
    const scene = await stage.scene({ plan: { approvals: CUTOVER, components: [component('resubmit')] } });
    scene.apps.a.jobs = [job('1')];
    const run = await scene.failover();
    await run.answer('reject', { step: 'cutover' });
    const result = await run.result();
    expect(result.notes).toContain('at a, 1 given-up jobs run again');
    expect(scene.apps.a.log.at(-1)).toBe('resubmit 1');
    expect((await scene.facts('a')).givenUp).toEqual([]);
    await expectServing(scene, 'a', {});
  });

  test('are asked about there too, also after the source was demoted', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('ask')] } });
    scene.apps.a.jobs = [job('1')];
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.promote') throw failure('Refused', 'not now');
      return perform();
    };
    const run = await scene.failover();
    await run.answer('give-back', { step: 'promote' });
    const ask = await run.answer('drop', { step: 'give-back' });
    expect(ask.title).toBe('1 jobs were given up when a was drained. Run them again at a?');
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    expect((await scene.facts('a')).givenUp).toEqual([]);
    await expectServing(scene, 'a', {});
  });
});

test('A planned failover does not switch off the source by the fences that are for a lost one: it could not say that it is a standby', async () => {
  const power: string[] = [];
  const fence: Fence = {
    ...{ kind: 'command', name: 'power', at: 'control', stronger: true },
    async fence() {
      power.push('off');
      return { result: 'confirmed', saw: 'off' };
    },
    read: async () => ({ result: 'confirmed', saw: 'off' }),
    check: async () => [],
  };
  const scene = await stage.scene({
    plan: { ...UNASKED, fences: { a: [{ kind: 'command', name: 'power', at: 'control' }], b: [] } },
    fences: { a: [fence] },
  });
  scene.around = async ({ part }, perform) => {
    if (part === 'a' && power.length > 0) throw failure('Refused', 'a is switched off');
    return perform();
  };
  expect(await (await scene.failover()).result()).toMatchObject({ outcome: 'committed', answers: [] });
  expect(power).toEqual([]);
  await expectServing(scene, 'b', {});
});
