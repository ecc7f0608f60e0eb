import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { expectServing, gate, times } from './promises.ts';
import type { Running } from './running.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

/** Starts a failover that is terminated when it is blocked at this call; its claims stay open. */
async function terminatedAt(
  scene: Scene,
  activity: string,
  how: 'before' | 'after',
  input: { readonly to?: 'a' | 'b' } = {},
): Promise<void> {
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` !== activity) return perform();
    if (how === 'after') await perform();
    throw failure('Refused', 'the network is gone');
  };
  const run = await scene.failover(input);
  await run.asks();
  await run.terminate();
  scene.around = undefined;
}

/** A new failover finds the claims of the run that is gone, and takes them over in the name of a person. */
async function takenOver(run: Running<unknown>): Promise<void> {
  const ask = await run.asks('claim');
  expect(ask.title).toContain('and that run is gone. Approve to take the site over in your name');
  expect(ask.choices).toContain('approve');
  await run.send(ask.id, 'approve');
}

describe('A run that was terminated in the middle', () => {
  test('is taken over by the next one, while the source was only frozen: the pending set is adopted', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    await terminatedAt(scene, 'a.backup', 'before');
    expect([...scene.apps.a.enabled]).toEqual([]);
    const run = await scene.failover();
    await takenOver(run);
    expect(await run.result()).toMatchObject({
      outcome: 'committed',
      rpo: 0,
      answers: [{ step: 'claim', choice: 'approve' }],
    });
    await expectServing(scene, 'b', { one: '1' });
    const granted = (await scene.journal('a')).filter((entry) => entry.kind === 'claim');
    expect(granted.at(-1)).toMatchObject({ note: 'taken over by Ada: because of the test' });
  });

  test('demoting its source is taken over: the fence is ended, and the target promoted', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    let refuse = true;
    scene.apps.a.before = (method) => {
      if (method === 'quiet' && refuse) throw failure('Refused', 'the services do not stop');
    };
    const first = await scene.failover();
    await first.asks('demote');
    await first.terminate();
    refuse = false;
    expect((await scene.record('a')).role).toBe('demoting');
    const run = await scene.failover();
    await takenOver(run);
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', { one: '1' });
    expect(scene.called.filter((name) => name === 'a.freeze').length, 'nothing is frozen again').toBe(1);
  });

  test.each(['before', 'after'] as const)(
    'promoting its target is taken over and finished (%s the start)',
    async (how) => {
      const scene = await stage.scene({ plan: UNASKED });
      scene.apps.a.items.set('one', '1');
      await terminatedAt(scene, 'b.activate', how);
      expect((await scene.record('b')).role).toBe(how === 'before' ? 'promoting' : 'active');
      const run = await scene.failover();
      await takenOver(run);
      expect(await run.result()).toMatchObject({ outcome: 'committed' });
      await expectServing(scene, 'b', { one: '1' });
      expect(times(scene, 'b', 'release')).toBe(1);
    },
  );

  test('after the promotion is finished, clients and all, by a planned or an unplanned one', async () => {
    for (const mode of ['planned', 'unplanned'] as const) {
      const scene = await stage.scene({ plan: UNASKED });
      await terminatedAt(scene, 'control.moveRedirect', 'before');
      expect(scene.door.leadsTo).toBe('a');
      const run = await scene.failover({ mode });
      await takenOver(run);
      expect(await run.result()).toMatchObject({ outcome: 'committed' });
      expect(scene.door.leadsTo).toBe('b');
      expect([...scene.apps.b.enabled].sort()).toEqual(['hourly', 'nightly']);
      if (mode === 'planned') await expectServing(scene, 'b', {});
      await scene.end();
    }
  });

  test('is finished by itself and not by another run, as long as it still goes on', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ name }, perform) => {
      if (name === 'moveRedirect') throw failure('Refused', 'not now');
      return perform();
    };
    const first = await scene.failover();
    await first.asks('redirect');
    expect(await (await scene.failover()).result()).toMatchObject({
      outcome: 'already-there',
      why: `b is active, and ${first.operation} finishes`,
    });
  });
});

describe('No active site: lost between demote and promote', () => {
  test.each(['b', 'a'] as const)('an ordinary failover to %s ends it', async (to) => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    await terminatedAt(scene, 'b.promote', 'before');
    expect([(await scene.record('a')).role, (await scene.record('b')).role]).toEqual(['standby', 'standby']);
    scene.door.leadsTo = 'nowhere';
    const run = await scene.failover({ to });
    await takenOver(run);
    expect(await run.result()).toMatchObject({ outcome: 'committed', to });
    await expectServing(scene, to, { one: '1' });
  });

  test.each([
    [
      'b',
      'a is standby already. b holds e1.s1 (proven), and is promoted only if that is proven to be what a held when it was demoted, and that is e1.s1',
    ],
    ['a', 'b is standby already. a serves again with e1.s1, untouched since it was demoted itself'],
  ] as const)(
    'an approval to move to %s promises no recovery point that cannot be taken any more',
    async (to, says) => {
      const scene = await stage.scene({ plan: UNASKED });
      await terminatedAt(scene, 'b.promote', 'before');
      scene.reconfigure({ digest: scene.plan.digest, approvals: { ...UNASKED.approvals, planned: ['start'] } });
      const { facts } = await (await scene.failover({ to })).asks('start');
      expect(facts[1]).toBe(`No new recovery point is taken: ${says}`);
    },
  );

  test('a sync says so and does nothing', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await terminatedAt(scene, 'b.promote', 'before');
    expect(await scene.synced()).toEqual({ outcome: 'nothing-to-do', why: 'no site is active: a standby, b standby' });
  });
});

describe('One operation at a time', () => {
  test('a second failover never overlaps the first: it waits, and says for whom', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...UNASKED.approvals, planned: ['cutover'] } } });
    const first = await scene.failover();
    const cutover = await first.asks('cutover');
    const second = await scene.failover();
    const busy = await second.asks('claim');
    expect(busy.title).toContain(`a is held by claim 2 of ${first.operation} (failover)`);
    expect(busy.choices, 'a run that goes on is not taken over').not.toContain('approve');
    await first.send(cutover.id, 'approve');
    await first.result();
    await second.send(busy.id, 'retry');
    expect(await second.result(), 'what it was asked for is done').toMatchObject({ outcome: 'already-there' });
    await expectServing(scene, 'b', {});
    expect(times(scene, 'b', 'start')).toBe(1);
  });

  test('who cannot get the second site closes the first', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.claim') throw failure('Busy', 'b is held by another operation');
      return perform();
    };
    const run = await scene.failover();
    await run.asks('claim');
    expect((await scene.record('a')).claim).toMatchObject({ kind: 'failover', closed: true });
  });

  test('a failover displaces a running sync, which ends as busy', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.a.items.set('one', '1');
    const reached = gate();
    const again = new Set<string>();
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.verify' && !again.has(name)) {
        again.add(name);
        reached.open();
        await expect.poll(async () => (await scene.record('b')).claim.kind).toBe('failover');
      }
      return perform();
    };
    const sync = await scene.sync();
    await reached.opened;
    const failover = await scene.failover();
    expect(await sync.result()).toMatchObject({ outcome: 'busy' });
    expect(await failover.result()).toMatchObject({ outcome: 'committed', rpo: 0 });
    await expectServing(scene, 'b', { one: '1' });
  });

  test('a takeover is good for the one run that is gone: a third one is left alone', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await terminatedAt(scene, 'a.backup', 'before');
    const second = await scene.failover();
    const ask = await second.asks('claim');
    // Before the answer another person has taken the pair over, and that run works.
    scene.around = async ({ name }, perform) => {
      if (name === 'backup') throw failure('Refused', 'not yet');
      return perform();
    };
    const third = await scene.failover();
    await takenOver(third);
    await third.asks('final-sync');
    await second.send(ask.id, 'approve');
    const busy = await second.asks('claim');
    expect(busy.title).toContain(third.operation);
    expect(busy.choices).not.toContain('approve');
    expect((await scene.record('a')).claim.operation).toBe(third.operation);
  });

  test('a run whose claim was taken over can do nothing any more, and ends', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...UNASKED.approvals, planned: ['cutover'] } } });
    const first = await scene.failover();
    const cutover = await first.asks('cutover');
    // To the second one the first seems gone, as after a lost Temporal.
    scene.around = async ({ name }, perform) => (name === 'runsGone' ? [first.operation] : perform());
    const second = await scene.failover();
    await takenOver(second);
    const own = await second.asks('cutover');
    await first.send(cutover.id, 'approve');
    const lost = await first.asks('demote');
    expect(lost.choices).toEqual(['retry', 'abort']);
    await first.send(lost.id, 'abort');
    expect(await first.result()).toMatchObject({ outcome: 'aborted' });
    await second.send(own.id, 'approve');
    expect(await second.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', {});
  });
});

describe("Tasks of the target's application that run on", () => {
  const TASK = { name: 'import by hand', since: '2026-01-01T00:00:00.000Z' };

  test('hold the claim up until a person says what to do: wait for them', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.apps.b.tasks = [TASK];
    const run = await scene.failover();
    const ask = await run.asks('claim');
    expect(ask.choices).toEqual(['retry', 'wait', 'stop-core', 'without-source', 'abort']);
    await run.send(ask.id, 'wait');
    await expect.poll(() => scene.called.filter((name) => name === 'b.claim').length).toBe(2);
    scene.apps.b.tasks = [];
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', {});
  });

  test('or stop the core of the application, so that they are dead', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    scene.apps.b.tasks = [TASK];
    const run = await scene.failover();
    await run.answer('stop-core', { step: 'claim' });
    await run.result();
    expect(scene.apps.b.log).toContain('stop-core');
    expect(scene.apps.a.log, 'never on an active site').not.toContain('stop-core');
    await expectServing(scene, 'b', {});
  });

  test('hold a give-back up too, and may be waited for there', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.promote') throw failure('Refused', 'not now');
      return perform();
    };
    const run = await scene.failover();
    const blocked = await run.asks('promote');
    scene.apps.b.tasks = [TASK];
    await run.send(blocked.id, 'give-back');
    const ask = await run.asks('give-back');
    expect(ask.choices).toEqual(['retry', 'wait', 'stop-core', 'without-source']);
    await run.send(ask.id, 'wait');
    await expect.poll(() => scene.called.filter((name) => name === 'b.claim').length).toBeGreaterThan(2);
    scene.apps.b.tasks = [];
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    await expectServing(scene, 'a', {});
  });
});
