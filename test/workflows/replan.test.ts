import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { expectServing } from './promises.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

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
    expect(result.notes.join()).toContain(
      'not replanned: sites, installations, components and vaults of a run in progress cannot change',
    );
    await expectServing(scene, 'b', {});
  });

  test('is refused where an installation or a vault is somewhere else', async () => {
    const scene = await stage.scene({ plan: { ...UNASKED, places: 'here' } });
    scene.around = async ({ part, name }, perform) => {
      if (part === 'a' && name === 'demote') scene.reconfigure({ ...CHANGED, places: 'there' });
      return perform();
    };
    const run = await scene.failover();
    await run.answer('replan', { step: 'promote' });
    const again = await run.asks('promote');
    scene.reconfigure({ ...CHANGED, places: 'here' });
    await run.send(again.id, 'replan');
    const result = await run.result();
    expect(result.notes.filter((note) => /replanned/.test(note)).map((note) => note.split(':')[0])).toEqual([
      'not replanned',
      'replanned',
    ]);
    await expectServing(scene, 'b', {});
  });

  test('that keeps the role from being given back may be replanned there', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.promote') {
        scene.reconfigure(CHANGED);
        throw failure('Refused', 'not now');
      }
      return perform();
    };
    const run = await scene.failover();
    await run.answer('give-back', { step: 'promote' });
    const ask = await run.asks('give-back');
    expect(ask.choices).toEqual(['retry', 'replan', 'without-source']);
    expect(ask.facts.join('\n')).toContain('d10000000000 → d20000000000, different in targets');
    await run.send(ask.id, 'replan');
    expect(await run.result()).toMatchObject({ outcome: 'given-back' });
    await expectServing(scene, 'a', {});
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
