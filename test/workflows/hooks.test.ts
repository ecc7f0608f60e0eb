import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { expectServing } from './promises.ts';
import { NO_DOOR, useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

describe("The owner's hooks", () => {
  const hook = (when: 'before' | 'after', at: 'control' | 'source' | 'target', abortOnFailure: boolean, id = 'only') =>
    ({ id, step: 'stage', when, at, abortOnFailure }) as const;

  test('run on their side of the step, at the place they are configured for', async () => {
    const ran: unknown[] = [];
    const scene = await stage.scene({
      plan: {
        ...UNASKED,
        hooks: [
          hook('before', 'control', true, 'first'),
          hook('before', 'source', true, 'second'),
          hook('after', 'target', true, 'third'),
        ],
      },
      runHook: async (id, facts) => {
        ran.push([id, facts.when, facts.step, [...scene.apps.b.log].includes('stage')]);
        return 'ok';
      },
    });
    await (await scene.failover()).result();
    expect(ran).toEqual([
      ['first', 'before', 'stage', false],
      ['second', 'before', 'stage', false],
      ['third', 'after', 'stage', true],
    ]);
    expect(scene.called.filter((name) => name.endsWith('.runHook'))).toEqual([
      'control.runHook',
      'a.runHook',
      'b.runHook',
    ]);
  });

  test('that fail stop the run, which asks; one that does not matter is only noted', async () => {
    let broken = true;
    const scene = await stage.scene({
      plan: { ...UNASKED, hooks: [hook('before', 'control', true), hook('after', 'control', false, 'noted')] },
      runHook: async (id) => {
        if (id === 'noted' || broken) throw failure('Refused', 'the ticket system said no');
        return 'ok';
      },
    });
    const run = await scene.failover();
    const ask = await run.asks('stage');
    expect(ask.title).toContain('the ticket system said no');
    broken = false;
    await run.send(ask.id, 'retry');
    const result = await run.result();
    expect(result.notes).toEqual([NO_DOOR, 'hook after stage: the ticket system said no']);
    await expectServing(scene, 'b', {});
  });

  test.each([
    ['promote', 'after'],
    ['promote', 'before'],
    ['freeze', 'after'],
    ['claim', 'before'],
    ['commit', 'before'],
    ['redirect', 'after'],
  ] as const)('that fail (%s, %s) may be left out alone, the step being done once', async (step, when) => {
    const ran: string[] = [];
    const at = { ...hook(when, 'control', true), step };
    const scene = await stage.scene({
      plan: { ...UNASKED, hooks: ['first', 'second', 'third'].map((id) => ({ ...at, id })) },
      runHook: async (id) => {
        ran.push(id);
        if (id === 'second') throw failure('Refused', 'the ticket system said no');
        return 'ok';
      },
    });
    const run = await scene.failover();
    const ask = await run.asks(step);
    expect(ask.choices).toContain('skip');
    expect(ask.facts).toContain(`What failed is your hook ${when} ${step}`);
    expect(ask.facts).toContain('skip: go on without this hook; only the hook is left out, the step itself is done');
    await run.send(ask.id, 'skip');
    const result = await run.result();
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(result.steps.find(({ id }) => id === step)?.state).toBe('done');
    expect(result.notes).toContain(
      `hook ${when} ${step} was left out by Ada: because of the test; it had failed: the ticket system said no`,
    );
    expect(ran, 'each hook is run once').toEqual(['first', 'second', 'third']);
    for (const once of ['b.promote', 'a.freeze', 'control.moveRedirect'])
      expect(scene.called.filter((name) => name === once).length, once).toBe(1);
    await expectServing(scene, 'b', {});
  });

  test('beside a step that fails itself do not make that step one that may be skipped', async () => {
    const scene = await stage.scene({
      plan: { ...UNASKED, hooks: [{ ...hook('before', 'control', true), step: 'freeze' }] },
    });
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'a.freeze') throw failure('Refused', 'the licence expired');
      return perform();
    };
    const run = await scene.failover();
    expect((await run.asks('freeze')).choices).not.toContain('skip');
  });

  test('that fail after a step do not make the step impossible to repeat', async () => {
    let failures = 3;
    const scene = await stage.scene({
      plan: {
        ...UNASKED,
        hooks: (['freeze', 'demote', 'promote'] as const).map((step) => ({
          ...hook('after', 'control', true, `after ${step}`),
          step,
        })),
      },
      runHook: async () => {
        if (failures-- > 0) throw failure('Refused', 'not now');
        failures = 0;
        return 'ok';
      },
    });
    const run = await scene.failover();
    for (let asked = 0; asked < 3; asked++) await run.answer('retry');
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    await expectServing(scene, 'b', {});
  });

  test('one that was left out is no other one after a replan', async () => {
    const ran: string[] = [];
    const ticket = hook('before', 'control', true, 'ticket');
    const batch = { ...hook('before', 'control', true, 'stop the batch writers'), step: 'promote' } as const;
    const scene = await stage.scene({
      plan: { ...UNASKED, hooks: [ticket, batch] },
      runHook: async (id) => {
        if (id === 'ticket') throw failure('Refused', 'the ticket system is gone');
        ran.push(id);
        return 'ok';
      },
    });
    // The owner takes the broken one out of the file, and the workers are restarted with it: the other one is the first now.
    let changed = false;
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` !== 'b.promote' || changed) return perform();
      changed = true;
      ran.length = 0;
      scene.reconfigure({ digest: 'd2'.padEnd(64, '0'), hooks: [batch] });
      throw failure('ConfigChanged', 'the worker of b has another configuration');
    };
    const run = await scene.failover();
    await run.answer('skip', { step: 'stage' });
    await run.answer('replan', { step: 'promote' });
    expect(await run.result()).toMatchObject({ outcome: 'committed' });
    expect(ran).toEqual(['stop the batch writers']);
  });
});
