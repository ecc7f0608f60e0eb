import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { startGuard } from '../../activities/site/guard.ts';
import type { PairStatus } from '../../model/status.ts';
import { gate } from '../workflows/promises.ts';
import type { Running } from '../workflows/running.ts';
import type { Scene, SceneOptions } from '../workflows/scene.ts';
import { useStage } from '../workflows/stage.ts';

/*
 * Records the histories beside this file: `npm run histories`. Run it when a workflow was changed on purpose, before it was
 * released; afterwards a history that no longer replays shows a change that would break runs in progress.
 */

const stage = useStage();
const UNASKED = { approvals: { planned: [], unplanned: ['start'], approvers: [], validFor: 900_000 } } as const;
const approvals = (change: object) => ({ approvals: { ...UNASKED.approvals, ...change } });

async function record(name: string, run: Pick<Running<unknown>, 'handle'>): Promise<void> {
  const history = JSON.parse(historyToJSON(await run.handle.fetchHistory())) as { events: object[] };
  const lines = history.events.map((event) => JSON.stringify(event, scrubbed));
  const { workflowId } = run.handle;
  const text = `{"workflowId":"${workflowId}","history":{"events":[\n${lines.join(',\n')}\n]}}\n`;
  await writeFile(join(import.meta.dirname, `${name}.json`), text);
}

/** Nothing of the machine that recorded it: who called, from where, and where its sources lie. */
function scrubbed(key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorded';
  if (key === 'stackTrace') return '';
  if (key === 'taskQueue') {
    const { kind, normalName, ...rest } = value as { kind?: string; normalName?: string; name?: string };
    return kind === 'TASK_QUEUE_KIND_STICKY' ? { kind, normalName, name: 'sticky' } : { kind, ...rest };
  }
  return value;
}

/** Refuses this activity until told otherwise. */
function refuse(scene: Scene, activity: string): { end(): void } {
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` === activity) throw failure('Refused', 'the licence expired');
    return perform();
  };
  return {
    end() {
      scene.around = undefined;
    },
  };
}

/** A pair with data and one proven point. */
async function synced(options: SceneOptions = { plan: UNASKED }): Promise<Scene> {
  const scene = await stage.scene(options);
  scene.apps.a.items.set('one', '1');
  await scene.synced();
  return scene;
}

async function cancelledDuring(scene: Scene, activity: string): Promise<Running<unknown>> {
  const started = gate();
  let run: Running<unknown> | undefined;
  let once = true;
  scene.around = async ({ part, name }, perform) => {
    if (`${part}.${name}` === activity && once) {
      once = false;
      await started.opened;
      await run?.cancel();
    }
    return perform();
  };
  run = await scene.failover();
  started.open();
  await run.result().catch(() => undefined);
  return run;
}

test('setup', async () => {
  const scene = await stage.emptyScene();
  const run = await scene.run('setup', 'setup/orders', { pair: 'orders' });
  await run.result();
  await record('setup', run);
});

test('sync', async () => {
  const scene = await stage.scene();
  scene.apps.a.items.set('one', '1');
  const run = await scene.sync();
  await run.result();
  await record('sync-synced', run);
  refuse(scene, 'b.restore');
  const faulty = await scene.sync();
  await faulty.failure();
  await record('sync-faulty', faulty);
});

test('sync that is busy', async () => {
  const scene = await stage.scene();
  const held = gate();
  scene.around = async ({ name }, perform) => {
    if (name === 'pull') await held.opened;
    return perform();
  };
  const first = await scene.sync();
  await expect.poll(() => scene.called).toContain('b.pull');
  const run = await scene.sync();
  await run.result();
  held.open();
  await first.result();
  await record('sync-busy', run);
});

test('sync not proven', async () => {
  const scene = await stage.scene();
  scene.apps.a.items.set('one', '1');
  scene.around = async ({ name }, perform) => {
    const result = await perform();
    if (name === 'restore') scene.apps.b.items.set('one', 'damaged');
    return result;
  };
  const run = await scene.sync();
  await run.failure();
  await record('sync-not-proven', run);
});

test('planned, with pair, approvals, given-up jobs, hooks and a manual redirect', async () => {
  const scene = await synced({
    plan: {
      ...approvals({ planned: ['start', 'cutover', 'redirect'] }),
      components: [
        {
          ...{ name: 'app', kind: 'instant', notPromised: [], deletions: 'report', jobs: 'ask' },
          drain: JSON.parse('{"limit": 20, "then": "ask"}'),
        },
      ],
      hooks: [{ id: 'told', step: 'stage', when: 'before', at: 'control', abortOnFailure: false }],
    },
    redirect: {
      ...{ kind: 'manual', name: 'door' },
      readsBack: false,
      read: async () => 'unknown',
      move: async (_signal, to) => ({ ask: `point the load balancer to ${to}` }),
      check: async () => [],
    },
  });
  const pair = await scene.run('pair', 'pair/orders', { pair: 'orders' });
  await expect.poll(() => pair.handle.query('status')).not.toBeNull();
  scene.apps.a.jobs = [{ component: 'app', id: '1', title: 'report', request: {} }];
  const run = await scene.failover();
  await run.answer('approve', { step: 'start' });
  await run.answer('cancel-jobs', { step: 'freeze' });
  await run.answer('approve', { step: 'cutover' });
  await run.answer('approve', { step: 'redirect' });
  await run.asks('redirect');
  scene.door.leadsTo = 'b';
  await run.answer('done', { step: 'redirect' });
  await run.answer('resubmit', { step: 'release' });
  await run.result();
  await record('failover-planned', run);
});

test('unplanned', async () => {
  const scene = await synced();
  scene.around = async ({ part }, perform) => {
    if (part === 'a') throw failure('Refused', 'a is lost');
    return perform();
  };
  const run = await scene.failover({ mode: 'unplanned', reason: 'a burned down' });
  await run.answer('approve', { step: 'start' });
  await run.answer('confirmed', { step: 'demote' });
  await run.result();
  await record('failover-unplanned', run);
});

test('turned in the middle', async () => {
  const scene = await synced();
  let lost = false;
  scene.around = async ({ part, name }, perform) => {
    lost ||= `${part}.${name}` === 'a.issueReceipt';
    if (lost && part === 'a') throw failure('Refused', 'a is lost');
    return perform();
  };
  const run = await scene.failover();
  await run.answer('without-source', { step: 'receipt' });
  await run.answer('approve', { step: 'start' });
  await run.answer('confirmed', { step: 'demote' });
  await run.result();
  await record('failover-turned', run);
});

test('given back after the demotion', async () => {
  const scene = await synced();
  const refused = refuse(scene, 'b.promote');
  const run = await scene.failover();
  const ask = await run.asks('promote');
  refused.end();
  await run.send(ask.id, 'give-back');
  await run.result();
  await record('failover-given-back', run);
});

test('rejected at the cutover', async () => {
  const scene = await synced({ plan: approvals({ planned: ['start', 'cutover'] }) });
  const run = await scene.failover();
  await run.answer('approve', { step: 'start' });
  await run.answer('reject', { step: 'cutover' });
  await run.result();
  await record('failover-rejected', run);
});

test('timed out', async () => {
  const timeout = JSON.parse('{"after": 28800000, "then": "reject"}');
  const scene = await synced({ plan: approvals({ planned: ['cutover'], timeout }) });
  const run = await scene.failover();
  await run.asks('cutover');
  await run.result({ skip: '1h' });
  await record('failover-timed-out', run);
});

test('retried and skipped', async () => {
  const scene = await synced();
  const refused = new Set(['b.stage', 'b.runCheck']);
  scene.around = async ({ part, name }, perform) => {
    if (refused.has(`${part}.${name}`)) throw failure('Refused', 'the licence expired');
    return perform();
  };
  const run = await scene.failover();
  const ask = await run.asks('stage');
  refused.delete('b.stage');
  await run.send(ask.id, 'retry');
  await run.answer('skip', { step: 'verify' });
  await run.result();
  await record('failover-retried-and-skipped', run);
});

test('cancelled before the point of no return', async () => {
  await record('failover-cancelled-before', await cancelledDuring(await synced(), 'a.demote'));
});

test('cancelled after the point of no return', async () => {
  await record('failover-cancelled-after', await cancelledDuring(await synced(), 'b.activate'));
});

test('taken over from a run that is gone', async () => {
  const scene = await synced();
  const refused = refuse(scene, 'b.activate');
  const gone = await scene.failover();
  await gone.asks('promote');
  await gone.terminate();
  refused.end();
  const run = await scene.failover();
  await run.answer('approve', { step: 'claim' });
  await run.result();
  await record('failover-taken-over', run);
});

test('drained in parts', async () => {
  const scene = await synced({ plan: { ...UNASKED, freeze: { max: 3_000, frontDoor: false } } });
  scene.apps.a.jobs = [{ component: 'app', id: '1', title: 'report', request: {} }];
  const run = await scene.failover();
  await run.answer('wait', { step: 'freeze' });
  await expect.poll(() => scene.called.filter((name) => name === 'a.freeze').length).toBe(3);
  scene.apps.a.jobs = [];
  await run.result();
  await record('failover-drained', run);
});

test('thawed by itself while the cutover was asked for days', async () => {
  const scene = await synced({ plan: approvals({ planned: ['cutover'] }) });
  const run = await scene.failover();
  const ask = await run.asks('cutover');
  await stage.env().sleep('2 days');
  scene.later(31 * 60_000);
  const guard = startGuard(scene.sites.a, () => undefined, 20);
  await expect.poll(async () => (await scene.facts('a')).freeze).toBeNull();
  await guard.stop();
  await run.send(ask.id, 'approve');
  await run.answer('approve', { step: 'cutover' });
  await run.result();
  await record('failover-thawed', run);
});

test('pair, before and after continue-as-new', async () => {
  const scene = await synced();
  const pair = await scene.run('pair', 'pair/orders', { pair: 'orders', carried: { historyLimit: 250 } });
  await pair.handle.executeUpdate<string, [object]>('pause', { args: [{ who: 'Bob', why: 'storage migration' }] });
  await pair.handle.executeUpdate('resume');
  await scene.synced();
  await stage.env().sleep('2 minutes');
  await record('pair', pair);

  const first = (await pair.handle.describe()).runId;
  await stage.env().sleep('10 minutes');
  const now = stage.client().workflow.getHandle('pair/orders');
  await expect.poll(async () => (await now.describe()).runId).not.toBe(first);
  await expect.poll(() => now.query<PairStatus | null>('status')).not.toBeNull();
  await scene.synced();
  await expect.poll(async () => (await now.query<PairStatus>('status')).lastSync?.point).toBe('e1.s3');
  await record('pair-after-continue-as-new', { handle: now as Running<unknown>['handle'] });
});
