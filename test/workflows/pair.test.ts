import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { Plan } from '../../model/plan.ts';
import type { PairStatus } from '../../model/status.ts';
import { busyWithAPause, ID, startPair, state, told } from './pair-run.ts';
import { gate } from './promises.ts';
import type { Scene } from './scene.ts';
import { NO_DOOR, useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;
/** Nothing reaches site a any more. */
function cutOff(scene: Scene): void {
  scene.around = async ({ part }, perform) => {
    if (part === 'a') throw failure('Refused', 'a is cut off');
    return perform();
  };
}

/** From now on whoever looks at a gets no answer until it is let go. Resolves when somebody does. */
function hangAtA(scene: Scene, held: ReturnType<typeof gate>): () => Promise<void> {
  let asked = false;
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` === 'a.observe') {
      asked = true;
      await held.opened;
    }
    return perform();
  };
  return () => expect.poll(() => asked).toBe(true);
}

/** Site a is lost, and b takes over. */
async function lostToB(scene: Scene): Promise<void> {
  cutOff(scene);
  const run = await scene.failover({ mode: 'unplanned' });
  await run.answer('approve', { step: 'start' });
  await run.answer('confirmed', { step: 'demote' });
  await run.result();
}

describe('The pair', () => {
  test('tells roles, the last good sync, where clients lead, and its state', async () => {
    const scene = await stage.scene();
    scene.apps.a.items.set('one', '1');
    const pair = await startPair(scene);
    expect(await told(pair)).toMatchObject({
      state: 'UNPROTECTED',
      active: 'a',
      lastSync: null,
      clients: 'door leads to a',
    });
    await scene.synced();
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    expect(await told(pair)).toMatchObject({
      lastSync: { point: 'e1.s1' },
      runs: [],
      sites: [
        { site: 'a', role: 'active', epoch: 1, reachable: true, health: 'healthy' },
        { site: 'b', role: 'standby', content: 'proven e1.s1', reachable: true },
      ],
    });
  });

  test('knows the runs that are in progress, and forgets those that ended or were terminated', async () => {
    const scene = await stage.scene({ plan: { approvals: { ...UNASKED.approvals, planned: ['cutover'] } } });
    const pair = await startPair(scene);
    const run = await scene.failover();
    await run.asks('cutover');
    await expect
      .poll(async () => (await told(pair)).runs)
      .toMatchObject([{ id: run.handle.workflowId, kind: 'failover', step: 'cutover' }]);
    await expect.poll(() => state(pair)).toBe('FAILING OVER');
    await run.terminate();
    await stage.env().sleep('2 minutes');
    await expect.poll(() => state(pair)).toBe('INTERRUPTED');
    expect((await told(pair)).runs).toEqual([]);
  });

  test('is rebuilt from the sites when it was terminated: it grants nothing and remembers nothing that matters', async () => {
    const scene = await stage.scene();
    const first = await startPair(scene);
    await scene.synced();
    await expect.poll(() => state(first)).toBe('PROTECTED');
    const before = await told(first);
    await first.terminate();
    const second = await startPair(scene);
    expect(await told(second)).toMatchObject({
      state: before.state,
      active: before.active,
      lastSync: before.lastSync,
      sites: before.sites,
    });
  });

  test('is missed by nobody: a failover without it is the same', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    expect(await (await scene.failover()).result()).toMatchObject({ outcome: 'committed', notes: [NO_DOOR] });
  });

  test('goes on as a new run before its history is long, and carries what the sites do not remember', {
    timeout: 90_000,
  }, async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene, { pair: 'orders', carried: { historyLimit: 200 } });
    await scene.synced();
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    const { lastSync } = await told(pair);
    const first = (await pair.handle.describe()).runId;
    await stage.env().sleep('10 minutes');
    await expect.poll(async () => (await stage.client().workflow.getHandle(ID).describe()).runId).not.toBe(first);
    const now = stage.client().workflow.getHandle(ID);
    await expect.poll(() => now.query<PairStatus | null>('status')).toMatchObject({ lastSync, active: 'a' });
    expect((await now.describe()).historyLength).toBeLessThan(300);
  });

  test('looks on while a site is too busy to be told of a pause', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await told(pair);
    const busy = busyWithAPause(scene);
    await pair.handle.signal('pause', { who: 'Ada', why: 'storage work' });
    await expect.poll(() => scene.called).toContain('a.setPaused');
    await scene.synced();
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    busy.open();
    await expect.poll(() => state(pair)).toBe('PAUSED');
  });

  test('becomes AT RISK when the last good sync is older than the target', async () => {
    const scene = await stage.scene({ plan: { targets: { rpo: 90_000, rto: 90_000 } } });
    const pair = await startPair(scene);
    await scene.synced();
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    await stage.env().sleep('3 minutes');
    await expect.poll(() => state(pair)).toBe('AT RISK');
  });

  test('becomes AT RISK when clients are led to another site than the active, with the redirect and both sites', async () => {
    const scene = await stage.scene();
    await scene.synced();
    const pair = await startPair(scene);
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    scene.door.leadsTo = 'b';
    await stage.env().sleep('2 minutes');
    await expect.poll(() => state(pair)).toBe('AT RISK');
    expect((await told(pair)).astray).toEqual(['door leads clients to b, and the active site is a: move it there']);
    const { currentDetails } = await pair.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('**Clients:** door leads clients to b, and the active site is a');
    scene.door.leadsTo = 'somewhere else';
    await stage.env().sleep('2 minutes');
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    expect((await told(pair)).astray).toBeUndefined();
  });

  test('goes by what is configured now, and by what was before while that cannot be read', async () => {
    const scene = await stage.scene();
    await scene.synced();
    let rpo = 9_000_000;
    let broken = false;
    scene.around = async ({ name }, perform) => {
      const done = await perform();
      if (name !== 'loadPlan') return done;
      if (broken) throw failure('InvalidInput', 'the configuration cannot be read');
      return { ...(done as Plan), targets: { rpo, rto: rpo } };
    };
    const pair = await startPair(scene);
    await stage.env().sleep('3 minutes');
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    rpo = 90_000;
    await stage.env().sleep('3 minutes');
    await expect.poll(() => state(pair)).toBe('AT RISK');
    broken = true;
    rpo = 9_000_000;
    const looks = (): number => scene.called.filter((called) => called === 'a.observe').length;
    const before = looks();
    await stage.env().sleep('3 minutes');
    await expect.poll(looks).toBeGreaterThan(before + 1);
    expect(await state(pair)).toBe('AT RISK');
  });

  test('looks on while the configuration is slow to be read', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await told(pair);
    const slow = gate();
    scene.around = async ({ name }, perform) => {
      if (name === 'loadPlan') await slow.opened;
      return perform();
    };
    await pair.handle.signal('resume');
    await expect.poll(() => scene.called.filter((called) => called === 'control.loadPlan').length).toBeGreaterThan(1);
    scene.door.leadsTo = 'b';
    await pair.handle.signal('resume');
    await expect.poll(async () => (await told(pair)).clients).toBe('door leads to b');
    slow.open();
  });

  test('tells a site that does not answer from one that does', async () => {
    const scene = await stage.scene();
    await scene.synced();
    scene.around = async ({ part, name }, perform) => {
      if (`${part}.${name}` === 'b.observe') throw failure('Refused', 'the state folder is gone');
      return perform();
    };
    const pair = await startPair(scene);
    expect((await told(pair)).sites[1]).toMatchObject({
      site: 'b',
      role: 'unknown',
      reachable: false,
      health: 'the state folder is gone',
    });
  });

  test('is UNPROTECTED after an unplanned failover: what the lost site was synced with protects the new active from nothing', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    const pair = await startPair(scene);
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    await lostToB(scene);
    await expect.poll(() => state(pair)).toBe('UNPROTECTED');
    expect(await told(pair)).toMatchObject({ active: 'b', lastSync: null });
    const { currentDetails } = await pair.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toMatch(/recovery\spoint[^\n]*none/);
  });

  test('is AT RISK when the former active goes silent after a planned failover: it holds what the new one began with', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    const pair = await startPair(scene);
    await (await scene.failover()).result();
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    const { lastSync } = await told(pair);
    await pair.terminate();
    const anew = await startPair(scene);
    expect(await told(anew), 'told by the sites alone').toMatchObject({ state: 'PROTECTED', active: 'b', lastSync });
    cutOff(scene);
    await stage.env().sleep('2 minutes');
    await expect.poll(() => state(anew)).toBe('AT RISK');
    expect(await told(anew)).toMatchObject({ active: 'b', lastSync });
  });

  test('tells who is active at once while the lost site still does not answer', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    cutOff(scene);
    const pair = await startPair(scene);
    expect(await told(pair)).toMatchObject({ state: 'UNKNOWN', active: null });
    const run = await scene.failover({ mode: 'unplanned' });
    await run.answer('approve', { step: 'start' });
    await run.asks('demote');
    const held = gate();
    const hangs = hangAtA(scene, held);
    await pair.handle.signal('resume');
    await hangs();
    await run.answer('confirmed', { step: 'demote' });
    await run.result();
    await expect.poll(() => state(pair), { timeout: 5_000 }).toBe('UNPROTECTED');
    expect(await told(pair)).toMatchObject({
      active: 'b',
      sites: [{ site: 'a', reachable: false, health: 'a is cut off' }, { role: 'active' }],
    });
    held.open();
  });

  test('believes the report of a promotion while the former active falls silent, and looks again when it is back', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    const pair = await startPair(scene);
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    const held = gate();
    scene.around = async ({ name }, perform) => {
      if (name !== 'activate') return perform();
      const hangs = hangAtA(scene, held);
      await pair.handle.signal('resume');
      await hangs();
      return perform();
    };
    await (await scene.failover()).result();
    await expect.poll(() => state(pair), { timeout: 5_000 }).toBe('AT RISK');
    expect(await told(pair)).toMatchObject({
      active: 'b',
      sites: [{ site: 'a', reachable: false, health: 'it has not answered yet' }, { role: 'active' }],
    });
    held.open();
    await expect.poll(() => state(pair)).toBe('PROTECTED');
  });

  test('takes a failover that ends while it looks for one that goes on: what it saw is of before', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    const pair = await startPair(scene);
    await expect.poll(() => state(pair)).toBe('PROTECTED');
    const gates = [gate(), gate()];
    let late = false;
    let asked = 0;
    scene.around = async ({ name }, perform) => {
      if (name === 'release') {
        late = true;
        await pair.handle.signal('resume');
        await expect.poll(() => asked).toBe(1);
      }
      if (name === 'readRedirect' && late) await gates[asked++]?.opened;
      return perform();
    };
    await (await scene.failover()).result();
    gates[0]?.open();
    await expect.poll(() => asked).toBe(2);
    expect(await state(pair)).toBe('FAILING OVER');
    gates[1]?.open();
    await expect.poll(() => state(pair)).toBe('PROTECTED');
  });

  test('hands each site what the other says: a superseded one becomes outdated and fences itself', async () => {
    const scene = await stage.scene({ plan: UNASKED });
    await scene.synced();
    await lostToB(scene);
    expect((await scene.record('a')).role).toBe('active');
    scene.around = undefined;
    const pair = await startPair(scene);
    expect((await told(pair)).state).toBe('CONFLICT');
    await expect.poll(async () => (await scene.record('a')).role).toBe('outdated');
    await expect.poll(() => scene.apps.a.executing).toBe(false);
    await stage.env().sleep('2 minutes');
    await expect.poll(() => state(pair)).toBe('UNPROTECTED');
    expect((await scene.record('b')).role).toBe('active');
  });

  test('shows in its details how the next run is started', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await told(pair);
    const { currentDetails } = await pair.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('### orders: UNPROTECTED');
    expect(currentDetails).toContain('{"pair": "orders", "to": "b",\n "mode": "planned", "reason": ""}');
    expect(currentDetails).toContain('workflows/start-workflow?taskQueue=understudy&workflowType=failover&workflowId=');
  });

  test('survives messages without any input, and a run that does not say who it is', async () => {
    const scene = await stage.scene();
    const pair = await startPair(scene);
    await told(pair);
    await pair.handle.signal('report');
    await pair.handle.signal('report', { step: 'x' });
    await pair.handle.signal('pause');
    await pair.handle.signal('resume');
    await expect(pair.handle.executeUpdate('pause')).rejects.toThrow();
    expect(await state(pair)).toBe('UNPROTECTED');
  });
});
