import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { refusing } from './faulty.ts';
import { expectServing } from './promises.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

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

describe('Aborting', () => {
  test('ends the run where nothing has to be undone, and its claims are closed', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = refusing('b.claim').around;
    const run = await scene.failover();
    await run.answer('abort', { step: 'claim' });
    expect(await run.result()).toMatchObject({ outcome: 'aborted', why: 'aborted by Ada: because of the test' });
    await expectServing(scene, 'a', {});
  });

  test('closes a claim whose answer was lost, though the run has chosen another number since', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    let granted = false;
    scene.around = async ({ part, name }, perform) => {
      if (part !== 'a' || (name !== 'claim' && name !== 'closeClaim')) return perform();
      if (!granted) await perform();
      granted = true;
      throw failure('Unavailable', 'the network broke');
    };
    const run = await scene.failover();
    const first = await run.asks('claim', { skip: '10 seconds' });
    await run.send(first.id, 'retry');
    const second = await run.asks('claim', { skip: '10 seconds' });
    scene.around = undefined;
    await run.send(second.id, 'abort');
    await run.result({ skip: '10 seconds' });
    expect((await scene.record('a')).claim).toMatchObject({ closed: true });
    expect(await scene.synced()).toMatchObject({ outcome: 'synced' });
  });

  test('closes a claim that was granted before the site ran out of room', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ part, name }, perform) => {
      const done = await perform();
      if (part === 'b' && name === 'claim') throw failure('NoSpace', 'no space left on device');
      return done;
    };
    const run = await scene.failover();
    const ask = await run.asks('claim');
    scene.around = undefined;
    await run.send(ask.id, 'abort');
    await run.result();
    for (const site of ['a', 'b'] as const) expect((await scene.record(site)).claim.closed).toBe(true);
    expect(await scene.synced()).toMatchObject({ outcome: 'synced' });
  });

  test.each([
    ['outdated', undefined, 'UNPROTECTED'],
    ['standby', 'restored', 'AT RISK'],
    ['standby', 'proven', 'PROTECTED'],
  ] as const)('says of a target that is %s (%s) that the pair is %s', async (role, state, says) => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    await scene.sites.b.store.locked((session) => {
      const { record, facts } = session.state();
      const { content: _, ...rest } = record;
      return session.apply({
        record: { ...rest, role, ...(state ? { content: { point: 'e1.s1', state } } : {}) },
        facts,
      });
    });
    if (role === 'standby') scene.around = refusing('b.claim').around;
    const run = await scene.failover();
    await run.answer('abort');
    expect(await run.result()).toMatchObject({ outcome: 'aborted', state: says });
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
