import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { Plan } from '../../model/plan.ts';
import { LOST, lost, QUOTE_ONLY } from './lost-source.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

/** What an unplanned failover rests on, while people are waited for. */

const stage = useStage();
const ASKED = { planned: [], unplanned: ['start', 'cutover'], approvers: [], validFor: 900_000 } as const;

/** Before this step a hook fails until it is mended, so that the run waits there. */
async function lostBehindHook(
  step: 'demote' | 'promote',
  plan: Partial<Plan>,
): Promise<{ readonly scene: Scene; mend(): void }> {
  let broken = true;
  const hook = { id: 'ticket', step, when: 'before', at: 'control', abortOnFailure: true } as const;
  const scene = await lost(stage, {
    plan: { ...plan, hooks: [hook] },
    runHook: async () => {
      if (broken) throw failure('Refused', 'the ticket system said no');
      return 'ok';
    },
  });
  return {
    scene,
    mend() {
      broken = false;
    },
  };
}

describe('The word of a person grows old', () => {
  test.each(['demote', 'promote'] as const)(
    'an approval of the cutover asserts no fence days later, when what failed before %s is retried by somebody else',
    async (step) => {
      const { scene, mend } = await lostBehindHook(step, { approvals: ASKED });
      const run = await scene.failover(LOST);
      await run.answer('approve', { step: 'start' });
      await run.answer('approve', { step: 'cutover', who: 'Bob' });
      const ask = await run.asks(step);
      await stage.env().sleep('2 days');
      mend();
      await run.send(ask.id, 'retry', 'Carol');
      const again = await run.asks('cutover');
      expect((await scene.record('b')).role).toBe('standby');
      await run.send(again.id, 'approve', 'Carol');
      expect(await run.result()).toMatchObject({ outcome: 'committed', verdict: { who: 'Carol' } });
    },
  );

  test('hooks that take longer than it is good for are run once, and it is had anew after each', async () => {
    const ran: string[] = [];
    const hooks = (['demote', 'promote'] as const).map(
      (step) => ({ id: step, step, when: 'before', at: 'control', abortOnFailure: true }) as const,
    );
    const scene = await lost(stage, {
      plan: { approvals: { ...ASKED, validFor: 8_000 }, hooks },
      runHook: async (id) => {
        ran.push(id);
        await sleep(9_000);
        return 'servers are up';
      },
    });
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    for (const who of ['Ada', 'Bob', 'Carol']) await run.answer('approve', { step: 'cutover', who });
    expect(await run.result()).toMatchObject({ outcome: 'committed', verdict: { who: 'Carol' } });
    expect(ran).toEqual(['demote', 'promote']);
  });

  test('where no cutover is asked for, the assertion is had anew', async () => {
    const { scene, mend } = await lostBehindHook('promote', QUOTE_ONLY);
    const run = await scene.failover(LOST);
    await run.answer('approve', { step: 'start' });
    await run.answer('confirmed', { step: 'demote', who: 'Bob' });
    const ask = await run.asks('promote');
    await stage.env().sleep('2 days');
    mend();
    await run.send(ask.id, 'retry', 'Carol');
    await run.answer('confirmed', { step: 'demote', who: 'Carol' });
    expect(await run.result()).toMatchObject({ outcome: 'committed', verdict: { who: 'Carol' } });
  });
});

describe('A source that answers again while people are waited for', () => {
  test.each(['start', 'cutover'] as const)(
    'is looked at after the approval of %s: the loss is stated anew',
    async (gate) => {
      const scene = await lost(stage, { plan: { approvals: ASKED } });
      const run = await scene.failover(LOST);
      if (gate === 'cutover') await run.answer('approve', { step: 'start' });
      const open = await run.asks(gate);
      // Power is back at a: it serves on. Hours later somebody approves what is still on the screen.
      scene.around = undefined;
      await stage.env().sleep('6 hours');
      await run.send(open.id, 'approve');
      const anew = await run.asks('start');
      expect(anew.id).not.toBe(open.id);
      expect(anew.facts.join('\n')).toContain('a still answers as active');
      await run.send(anew.id, 'reject');
      const result = await run.result();
      expect(result.notes.join('\n')).toContain('a answers as active now, and did not answer when the loss was stated');
      expect((await scene.record('a')).role).toBe('active');
      expect((await scene.record('b')).role).toBe('standby');
    },
  );
});
