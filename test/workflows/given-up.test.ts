import { describe, expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { startGuard } from '../../activities/site/guard.ts';
import type { PlannedComponent } from '../../model/plan.ts';
import type { PairStatus } from '../../model/status.ts';
import type { Scene } from './scene.ts';
import { useStage } from './stage.ts';

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;

const component = (jobs: PlannedComponent['jobs']): PlannedComponent => ({
  ...{ name: 'app', kind: 'instant', notPromised: [], deletions: 'report', jobs },
  drain: JSON.parse('{"limit": 20, "then": "cancel"}'),
});
const job = (id: string) => ({ component: 'app', id, title: `job ${id}`, request: { workspace: id } });
const resubmitted = (scene: Scene): readonly string[] => scene.apps.a.log.filter((line) => line.startsWith('resubmit'));

/** A run gives up two jobs when it freezes the source, and is terminated there. */
async function abandoned(jobs: PlannedComponent['jobs'], lost = false): Promise<Scene> {
  const scene = await stage.scene({ plan: { ...UNASKED, components: [component(jobs)] } });
  scene.apps.a.jobs = [job('1'), { ...job('2'), ...(lost ? { lost } : {}) }];
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` === 'a.backup') throw failure('Refused', 'the disk is full');
    return perform();
  };
  const run = await scene.failover();
  if (lost) await run.answer('cancel-jobs', { step: 'freeze' });
  await run.asks('final-sync');
  await run.terminate();
  scene.around = undefined;
  expect((await scene.facts('a')).givenUp.length).toBe(2);
  return scene;
}

/** A failover's claim is not taken over without a person: as after one that ended while the site was away. */
async function closeClaims(scene: Scene): Promise<void> {
  for (const site of ['a', 'b'] as const)
    await scene.sites[site].store.locked((session) => {
      const { record, facts } = session.state();
      return session.apply({ record: { ...record, claim: { ...record.claim, closed: true } }, facts });
    });
}

describe('Accepted jobs that a run gave up which is gone', () => {
  test('are named by the alarm of a site that thaws itself', async () => {
    const scene = await abandoned('resubmit');
    scene.later(31 * 60_000);
    const told: string[] = [];
    const guard = startGuard(scene.sites.a, (_level, text) => void told.push(text), 20);
    await expect.poll(async () => (await scene.facts('a')).freeze).toBeNull();
    await guard.stop();
    expect(told.join('\n')).toContain('2 jobs that were given up are owed: the next sync says what becomes of them');
  });

  test('are run again by the next sync, which says so, and no sync after it does it twice', async () => {
    const scene = await abandoned('resubmit');
    await closeClaims(scene);
    const result = await scene.synced();
    expect(result).toMatchObject({ outcome: 'synced', jobs: ['at a, 2 given-up jobs run again'] });
    expect(result.notes).toContain('at a, 2 given-up jobs run again');
    expect(resubmitted(scene)).toEqual(['resubmit 1', 'resubmit 2']);
    expect((await scene.facts('a')).givenUp).toEqual([]);
    expect((await scene.synced()).jobs).toBeUndefined();
    expect(resubmitted(scene).length).toBe(2);
  });

  test('are named where they cannot be run again', async () => {
    const scene = await abandoned('resubmit', true);
    await closeClaims(scene);
    const { jobs } = await scene.synced();
    expect(jobs).toEqual(['at a, 1 given-up jobs run again', 'these jobs cannot be run again, do it by hand: job 2']);
  });

  test('are dropped where that is configured', async () => {
    const scene = await abandoned('drop');
    await closeClaims(scene);
    expect((await scene.synced()).jobs).toEqual(['at a, 2 given-up jobs dropped']);
    expect(resubmitted(scene)).toEqual([]);
    expect((await scene.facts('a')).givenUp).toEqual([]);
  });

  test('do not keep a sync from protecting what else there is, when they cannot be run just now', async () => {
    const scene = await abandoned('resubmit');
    await closeClaims(scene);
    scene.apps.a.before = (method) => {
      if (method === 'resubmit') throw failure('Refused', 'the queue is closed');
    };
    const { outcome, jobs } = await scene.synced();
    expect(outcome).toBe('synced');
    expect(jobs?.join()).toContain('still to be settled, which the next sync tries again: the queue is closed');
    delete scene.apps.a.before;
    expect((await scene.synced()).jobs).toEqual(['at a, 2 given-up jobs run again']);
  });

  test('are left, and told everywhere, where somebody has to decide', async () => {
    const scene = await abandoned('ask');
    await closeClaims(scene);
    const run = await scene.sync();
    const { jobs } = await run.result();
    expect(jobs?.join()).toContain(
      '2 jobs that were given up at a wait for a decision: with jobs: resubmit or jobs: drop',
    );
    expect((await run.status()).ended).toContain('2 jobs that were given up at a wait for a decision');
    expect(resubmitted(scene)).toEqual([]);

    const pair = await scene.run<never>('pair', 'pair/orders', { pair: 'orders' });
    await expect
      .poll(async () => (await pair.handle.query<PairStatus | null>('status'))?.owed?.join())
      .toBe(jobs?.join());
    const { currentDetails } = await pair.handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('**Owed:** 2 jobs that were given up at a wait for a decision');
    await pair.terminate();

    scene.reconfigure({
      ...UNASKED,
      digest: scene.plan.digest,
      approvals: { ...UNASKED.approvals, planned: ['start'] },
    });
    const next = await scene.failover();
    const start = await next.asks('start');
    expect(start.facts).toContain(
      '2 jobs that an earlier run gave up at a travel along, and are settled at b after the promotion',
    );
    await next.send(start.id, 'approve');
    await next.answer('resubmit', { step: 'release' });
    await next.result();
    expect(scene.apps.b.log.filter((line) => line.startsWith('resubmit'))).toEqual(['resubmit 1', 'resubmit 2']);
  });
});
