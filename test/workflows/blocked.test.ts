import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { expectServing, times } from './promises.ts';
import type { Around, Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

/** Refuses this activity for good until `mended` is called. */
function refusing(activity: string, mended = { is: false }): { around: Around; mend(): void } {
  return {
    around: async ({ part, name }, perform) => {
      if (`${part}.${name}` === activity && !mended.is) throw failure('Refused', 'the licence expired');
      return perform();
    },
    mend() {
      mended.is = true;
    },
  };
}

/** The step that each activity belongs to, and what a person may answer there. */
const BLOCKED: readonly (readonly [activity: string, step: string, choices: readonly string[]])[] = [
  ['a.observe', 'observe', ['retry', 'without-source', 'abort']],
  ['b.observe', 'observe', ['retry', 'without-source', 'abort']],
  ['a.claim', 'claim', ['retry', 'without-source', 'abort']],
  ['b.claim', 'claim', ['retry', 'without-source', 'abort']],
  ['a.freeze', 'freeze', ['retry', 'give-back', 'without-source']],
  ['a.backup', 'final-sync', ['retry', 'give-back', 'without-source']],
  ['b.pull', 'final-sync', ['retry', 'give-back', 'without-source']],
  ['b.restore', 'final-sync', ['retry', 'give-back', 'without-source']],
  ['b.stage', 'stage', ['retry', 'skip', 'give-back', 'without-source']],
  ['a.issueReceipt', 'receipt', ['retry', 'give-back', 'without-source']],
  ['b.acceptReceipt', 'receipt', ['retry', 'give-back', 'without-source']],
  ['a.demote', 'demote', ['retry', 'give-back', 'without-source']],
  ['b.promote', 'promote', ['retry', 'give-back', 'without-source']],
  ['b.activate', 'promote', ['retry']],
  ['control.moveRedirect', 'redirect', ['retry', 'skip']],
  ['control.runCheck', 'verify', ['retry', 'skip']],
  ['b.release', 'release', ['retry', 'skip']],
];

describe('A step that is out of retries', () => {
  test.each(BLOCKED)(
    '%s blocks the run at %s, which asks, and goes on when it is mended and retried',
    async (activity, step, choices) => {
      const scene = await stage.scene({ plan: UNASKED });
      scene.apps.a.items.set('one', '1');
      const fault = refusing(activity);
      scene.around = fault.around;
      const run = await scene.failover();
      const ask = await run.asks(step);
      expect(ask.title).toContain('the licence expired');
      expect(ask.choices).toEqual(choices);
      for (const choice of choices) expect(ask.facts.join('\n'), 'each choice is explained').toContain(`${choice}:`);
      expect(await run.steps()).toMatchObject({ [step]: 'blocked' });
      fault.mend();
      await run.send(ask.id, 'retry');
      expect(await run.result()).toMatchObject({ outcome: 'committed', rpo: 0 });
      await expectServing(scene, 'b', { one: '1' });
    },
  );

  test('is tried again by itself first, with growing pauses, when it may pass', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let failures = 5;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.stage' && failures-- > 0) throw failure('Unavailable', 'it does not answer');
      return perform();
    };
    expect(await (await scene.failover()).result({ skip: '10s' })).toMatchObject({
      outcome: 'committed',
      answers: [],
    });
  });

  test('may be skipped where nothing depends on it, and the report says so', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = refusing('b.stage').around;
    const run = await scene.failover();
    await run.answer('skip', { step: 'stage' });
    const result = await run.result();
    expect(result.steps.find(({ id }) => id === 'stage')).toMatchObject({ state: 'skipped' });
    await expectServing(scene, 'b', {});
  });

  test('release, skipped, leaves the set pending, and the next sync releases it first', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    const fault = refusing('b.release');
    scene.around = fault.around;
    const run = await scene.failover();
    await run.answer('skip', { step: 'release' });
    await run.result();
    expect((await scene.facts('b')).pending).toEqual({ app: { schedules: ['hourly', 'nightly'] } });
    fault.mend();
    expect(await scene.synced()).toMatchObject({ outcome: 'synced', from: 'b', to: 'a' });
    await expectServing(scene, 'b', {});
  });
});

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
});

describe('Aborting', () => {
  test('ends the run where nothing has to be undone, and its claims are closed', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = refusing('b.claim').around;
    const run = await scene.failover();
    await run.answer('abort', { step: 'claim' });
    expect(await run.result()).toMatchObject({ outcome: 'aborted', why: 'aborted by Ada: because of the test' });
    await expectServing(scene, 'a', {});
  });

  test('is not offered while an enabled set is pending at the source', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    // Held: a failover to a ended before it released.
    await scene.sites.a.store.locked((session) =>
      session.append({ kind: 'pending', set: { app: { schedules: ['hourly'] } } }),
    );
    scene.around = refusing('b.claim').around;
    const ask = await (await scene.failover()).asks('claim');
    expect(ask.choices).toEqual(['retry', 'without-source']);
  });
});

describe('A configuration that changed since the run was planned', () => {
  const CHANGED = { digest: 'd2'.padEnd(64, '0'), targets: { rpo: 60_000, rto: 60_000 } };

  test('stops it before the point of no return; replan shows the difference and goes on with it', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ part, name }, perform) => {
      if (part === 'a' && name === 'demote') scene.reconfigure(CHANGED);
      return perform();
    };
    const run = await scene.failover();
    const ask = await run.asks('promote');
    expect(ask.choices).toEqual(['retry', 'replan', 'give-back', 'without-source']);
    expect(ask.facts.join('\n')).toContain('d10000000000 → d20000000000, different in targets');
    expect((await scene.record('b')).role).toBe('standby');
    await run.send(ask.id, 'replan');
    const result = await run.result();
    expect(result.notes.join()).toContain('replanned: d10000000000 → d20000000000, different in targets');
    await expectServing(scene, 'b', {});
  });

  test('is refused where sites or components differ', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    const { components } = scene.plan;
    scene.around = async ({ part, name }, perform) => {
      if (part === 'a' && name === 'demote') scene.reconfigure({ ...CHANGED, components: [] }, ['control']);
      return perform();
    };
    const run = await scene.failover();
    await run.answer('replan', { step: 'promote' });
    const again = await run.asks('promote');
    expect((await scene.record('b')).role).toBe('standby');
    scene.reconfigure({ digest: 'd1'.padEnd(64, '0'), components, targets: scene.plan.targets });
    await run.send(again.id, 'retry');
    const result = await run.result();
    expect(result.notes.join()).toContain('not replanned: sites and components of a run in progress cannot change');
    await expectServing(scene, 'b', {});
  });

  test("at the target's worker alone stops it too", async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ part, name }, perform) => {
      if (part === 'a' && name === 'demote') scene.reconfigure(CHANGED, ['b']);
      return perform();
    };
    const run = await scene.failover();
    const ask = await run.asks('promote');
    expect(ask.title).toContain('the worker of b has another configuration');
    expect(ask.facts.join('\n')).toContain('the same at control');
    scene.reconfigure({ digest: scene.plan.digest }, ['b']);
    await run.send(ask.id, 'retry');
    await run.result();
    await expectServing(scene, 'b', {});
  });

  test('found at the very start may be replanned too', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.reconfigure(CHANGED, ['a', 'b']);
    const run = await scene.failover();
    const ask = await run.asks('observe');
    expect(ask.title).toContain('the worker of a has another configuration than control');
    expect(ask.choices).toContain('replan');
    scene.reconfigure(CHANGED, ['control']);
    await run.send(ask.id, 'replan');
    await run.result();
    await expectServing(scene, 'b', {});
  });
});
