import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { startGuard } from '../../activities/site/guard.ts';
import type { PlannedComponent } from '../../model/plan.ts';
import { expectServing, times } from './promises.ts';
import type { Scene } from './scene.ts';
import { NO_DOOR, useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;
const CUTOVER = { approvals: { ...UNASKED.approvals, planned: ['cutover'] } } as const;
const MINUTE = 60_000;

const component = (then: 'ask' | 'cancel' | 'wait', jobs: PlannedComponent['jobs']): PlannedComponent => ({
  ...{ name: 'app', kind: 'instant', notPromised: [], deletions: 'report', jobs },
  drain: JSON.parse(`{"limit": 20, "then": "${then}"}`),
});
const job = (id: string) => ({ component: 'app', id, title: `job ${id}`, request: { workspace: id } });

/** Lets the guard of the source look once its clock has moved on, until it has thawed the site. */
async function thawedItself(scene: Scene, milliseconds: number): Promise<void> {
  scene.later(milliseconds);
  const told: string[] = [];
  const guard = startGuard(scene.sites.a, (_level, text) => void told.push(text), 20);
  await expect.poll(() => told.join('\n')).toContain('nobody renewed its freeze in time, so it thaws itself');
  await expect.poll(async () => (await scene.facts('a')).freeze).toBeNull();
  await guard.stop();
}

const renewals = (scene: Scene): number => scene.called.filter((name) => name === 'a.renewFreeze').length;

describe('Jobs that do not end within the limit', () => {
  test('are asked about, the source being held meanwhile; given up, they run once at the target', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('ask', 'resubmit')] } });
    scene.apps.a.jobs = [job('1'), job('2')];
    const run = await scene.failover();
    const ask = await run.asks('freeze');
    expect(ask.title).toBe('Jobs did not end within the limit');
    expect(ask.choices).toEqual(['wait', 'cancel-jobs', 'give-back']);
    expect(ask.facts[0]).toBe('2 jobs of app did not end within the limit: job 1; job 2');
    expect([...scene.apps.a.enabled]).toEqual([]);
    await run.send(ask.id, 'cancel-jobs');
    const result = await run.result();
    expect(result.notes).toContain('2 jobs of app were given up and are kept');
    await expectServing(scene, 'b', {});
    expect(scene.apps.b.log.filter((line) => line.startsWith('resubmit'))).toEqual(['resubmit 1', 'resubmit 2']);
    expect((await scene.facts('b')).givenUp).toEqual([]);
    expect((await scene.facts('a')).givenUp).toEqual([]);
  });

  test('and had ended by themselves are not run again, also when the worker dies before it notes which', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('cancel', 'resubmit')] } });
    scene.apps.a.jobs = [job('1'), job('2')];
    scene.apps.a.ended.add('1');
    let died = 0;
    scene.apps.a.before = (method) => {
      if (method === 'cancelled' && died++ === 0) throw failure('Unavailable', 'the worker died');
    };
    const result = await (await scene.failover()).result({ skip: '1s' });
    expect(result.notes).toContain('1 jobs of app were given up and are kept');
    expect(died).toBe(2);
    expect(scene.apps.b.log.filter((line) => line.startsWith('resubmit'))).toEqual(['resubmit 2']);
  });

  test('and cannot be run again are never cancelled without a word: they are asked about, and named in the report', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('cancel', 'resubmit')] } });
    scene.apps.a.jobs = [job('1'), { ...job('2'), lost: true }];
    const run = await scene.failover();
    const ask = await run.answer('cancel-jobs', { step: 'freeze' });
    expect(ask.facts[0]).toBe(
      '1 jobs of app did not end within the limit, and could not be run again if they were cancelled: job 2',
    );
    const result = await run.result();
    expect(result.notes).toContain('these jobs cannot be run again, do it by hand: job 2');
    expect(scene.apps.b.log.filter((line) => line.startsWith('resubmit'))).toEqual(['resubmit 1']);
    expect((await scene.facts('b')).givenUp).toEqual([]);
  });

  test('may be waited for', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('ask', 'ask')] } });
    scene.apps.a.jobs = [job('1')];
    const run = await scene.failover();
    await run.answer('wait', { step: 'freeze' });
    scene.apps.a.jobs = [];
    expect(await run.result()).toMatchObject({ outcome: 'committed', notes: [NO_DOOR] });
    await expectServing(scene, 'b', {});
  });

  test('are waited for in parts, each of which renews the freeze, and clients count as out since the first', async () => {
    const scene = await stage.scene({
      plan: { ...UNASKED, components: [component('wait', 'ask')], freeze: { max: 3_000, frontDoor: true } },
    });
    scene.apps.a.jobs = [job('1')];
    const drains: { closedFor: number; draining?: string }[] = [];
    scene.around = async ({ name }, perform) => {
      if (name !== 'freeze') return perform();
      if (drains.length === 2) scene.apps.a.jobs = [];
      const result = (await perform()) as (typeof drains)[number];
      drains.push(result);
      return result;
    };
    const result = await (await scene.failover()).result();
    const draining = 'app: 1 jobs run and 0 wait';
    expect(drains.map((each) => each.draining)).toEqual([draining, draining, undefined]);
    const [first, second, third] = drains.map(({ closedFor }) => closedFor) as [number, number, number];
    expect(first).toBeGreaterThanOrEqual(1_000);
    expect(second - first).toBeGreaterThanOrEqual(1_000);
    expect(third).toBeGreaterThanOrEqual(second);
    expect(result).toMatchObject({ outcome: 'committed', answers: [] });
    await expectServing(scene, 'b', {});
  });

  test('may be a reason to give back: the source serves again, jobs and all', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('ask', 'ask')] } });
    scene.apps.a.jobs = [job('1')];
    const run = await scene.failover();
    await run.answer('give-back', { step: 'freeze' });
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    await expectServing(scene, 'a', {});
    expect(scene.apps.a.jobs.length).toBe(1);
  });

  test.each([
    ['resubmit', ['resubmit 1']],
    ['drop', []],
  ] as const)('are asked about at the end, where that is configured: %s', async (choice, log) => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('cancel', 'ask')] } });
    scene.apps.a.jobs = [job('1')];
    const run = await scene.failover();
    const ask = await run.answer(choice, { step: 'release' });
    expect(ask.title).toBe('1 jobs were given up when a was drained. Run them again at b?');
    const result = await run.result();
    expect(result.steps.find(({ id }) => id === 'release')?.note).toContain(
      choice === 'drop' ? '1 given-up jobs dropped' : '1 given-up jobs run again',
    );
    expect(scene.apps.b.log.filter((line) => line.startsWith('resubmit'))).toEqual(log);
    expect((await scene.facts('b')).givenUp).toEqual([]);
  });

  test('are dropped without a question, where that is configured', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, components: [component('cancel', 'drop')] } });
    scene.apps.a.jobs = [job('1')];
    expect(await (await scene.failover()).result()).toMatchObject({ outcome: 'committed', answers: [] });
    expect(scene.apps.b.log.filter((line) => line.startsWith('resubmit'))).toEqual([]);
  });
});

describe('The freeze clock', () => {
  test('renews while the run works and while a person has not decided yet, and stops after the limit', async () => {
    const scene = await stage.scene({ plan: CUTOVER });
    const run = await scene.failover();
    await run.asks('cutover');
    await stage.env().sleep(11 * MINUTE);
    await expect.poll(() => renewals(scene)).toBe(2);
    await stage.env().sleep('2 days');
    expect(renewals(scene), 'none after the limit of 15 minutes').toBeLessThanOrEqual(3);
    const { events } = await run.handle.fetchHistory();
    expect(events?.length, 'waiting for days costs nothing').toBeLessThan(260);
  });

  test('lets the site thaw itself then; an approval that comes later leads back to the freeze and is asked for again', async () => {
    const scene = await stage.scene({ plan: CUTOVER });
    scene.apps.a.items.set('one', 'before');
    const run = await scene.failover();
    const first = await run.asks('cutover');
    await stage.env().sleep('3 days');
    await thawedItself(scene, 31 * MINUTE);
    expect([...scene.apps.a.enabled].sort(), 'the source serves as before').toEqual(['hourly', 'nightly']);
    scene.apps.a.items.set('one', 'written meanwhile');
    await run.send(first.id, 'approve');

    const second = await run.asks('cutover');
    expect(second.id).not.toBe(first.id);
    await run.send(second.id, 'approve');
    const result = await run.result();
    expect(result).toMatchObject({ outcome: 'committed', rpo: 0, point: 'e1.s2' });
    expect(result.notes.join()).toContain('back to freeze from demote');
    await expectServing(scene, 'b', { one: 'written meanwhile' });
    expect(times(scene, 'a', 'release'), 'thawed once, by itself').toBe(1);
  });

  test('goes on for a paused run no longer than for an open ask', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ name }, perform) => {
      if (name === 'freeze') await run.handle.signal('pause', { who: 'Bob', why: 'a moment' });
      return perform();
    };
    const run = await scene.failover();
    await expect.poll(async () => (await run.steps()).freeze).toBe('done');
    await stage.env().sleep('1 day');
    expect(renewals(scene)).toBeLessThanOrEqual(3);
    await run.handle.signal('resume');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
  });

  test('keeps a site frozen whose demotion is blocked', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ name }, perform) => {
      if (name === 'demote') throw failure('Refused', 'not now');
      return perform();
    };
    const run = await scene.failover();
    const ask = await run.asks('demote');
    await stage.env().sleep(11 * MINUTE);
    await expect.poll(() => renewals(scene)).toBe(2);
    scene.around = undefined;
    await run.send(ask.id, 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
  });
});

describe('A freeze that broke', () => {
  test.each(['a.backup', 'a.issueReceipt', 'a.demote'])(
    'is noticed at %s and leads back to the freeze',
    async (activity) => {
      const scene = await stage.scene({ plan: UNASKED });
      scene.apps.a.items.set('one', 'before');
      let broken = false;
      scene.around = async ({ part, name }, perform) => {
        if (`${part}.${name}` === activity && !broken) {
          broken = true;
          await thawedItself(scene, 31 * MINUTE);
          scene.apps.a.items.set('one', 'written meanwhile');
        }
        return perform();
      };
      const run = await scene.failover();
      const result = await run.result();
      expect(result).toMatchObject({ outcome: 'committed', rpo: 0, answers: [] });
      expect(result.notes.join()).toContain('back to freeze from');
      await expectServing(scene, 'b', { one: 'written meanwhile' });
    },
  );

  test('because the application was restarted leads back to the freeze, too', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let restarted = false;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'a.demote' && !restarted) {
        restarted = true;
        scene.apps.a.started = '2026-02-02T00:00:00.000Z';
      }
      return perform();
    };
    const result = await (await scene.failover()).result();
    expect(result).toMatchObject({ outcome: 'committed', answers: [] });
    expect(result.notes.join()).toContain('back to freeze from demote');
    await expectServing(scene, 'b', {});
  });

  test('again and again is asked about, and an answered retry leads back to it once more', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let restarts = 0;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'a.demote' && restarts < 4)
        scene.apps.a.started = `2026-02-0${++restarts}T00:00:00.000Z`;
      return perform();
    };
    const run = await scene.failover();
    const ask = await run.asks('demote');
    expect(ask.title).toContain('started anew since the freeze');
    expect(restarts).toBe(4);
    await run.send(ask.id, 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', {});
  });
});

describe('An inventory that changed under the freeze', () => {
  test.each(['a.issueReceipt', 'a.demote'])(
    'is noticed at %s and leads back to the final sync alone',
    async (activity) => {
      const scene = await stage.scene({ plan: UNASKED });
      scene.apps.a.items.set('one', '1');
      let changed = false;
      scene.around = async ({ part, name }, perform) => {
        if (`${part}.${name}` === activity && !changed) {
          changed = true;
          scene.apps.a.items.set('two', 'slipped in');
        }
        return perform();
      };
      const result = await (await scene.failover()).result();
      expect(result).toMatchObject({ outcome: 'committed', rpo: 0, point: 'e1.s2', answers: [] });
      expect(result.notes.join()).toContain('back to final-sync from');
      expect(scene.called.filter((name) => name === 'a.freeze').length).toBe(1);
      await expectServing(scene, 'b', { one: '1', two: 'slipped in' });
    },
  );

  test('during the final backup is noticed there', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let slips = 1;
    scene.vaults.a.before = (method) => {
      if (method === 'store' && slips-- > 0) scene.apps.a.items.set('two', 'slipped in');
    };
    const result = await (await scene.failover()).result();
    expect(result).toMatchObject({ outcome: 'committed', point: 'e1.s2' });
    await expectServing(scene, 'b', { two: 'slipped in' });
  });

  test('so that the target does not hold it blocks the run, and cannot be skipped', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    scene.around = async ({ part, name }, perform) => {
      const result = await perform();
      if (`${part}.${name}` === 'b.restore') scene.apps.b.items.set('one', 'damaged');
      return result;
    };
    const run = await scene.failover();
    const ask = await run.asks('final-sync');
    expect(ask.title).toContain('b does not hold what e1.s1 does: app: items/one different');
    expect(ask.choices).not.toContain('skip');
    scene.around = undefined;
    await run.send(ask.id, 'retry');
    await run.result();
    await expectServing(scene, 'b', { one: '1' });
  });
});

describe("A restore that runs on in the target's application", () => {
  test('is waited for before the next one of the same run is posted', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    let posted = 0;
    scene.apps.b.before = (method) => {
      if (method !== 'posted' || posted++ > 0) return;
      scene.apps.b.tasks = [{ name: 'restore', since: 'just now' }];
      throw failure('Refused', 'the connection was closed');
    };
    const run = await scene.failover();
    const ask = await run.asks('final-sync');
    expect((await scene.facts('b')).tasks).toMatchObject([{ point: 'e1.s1' }]);
    await run.send(ask.id, 'retry');
    await expect.poll(() => scene.called.filter((name) => name === 'b.restore').length).toBe(2);
    expect(posted, 'nothing is posted beside it').toBe(1);
    scene.apps.b.tasks = [];
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', { one: '1' });
  });
});
