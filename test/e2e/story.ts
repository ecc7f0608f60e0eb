import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAIR, type SiteName } from '../../demo/scene-config.ts';
import { commandService } from '../../demo/simulator/machine/command.ts';
import { readLedger } from '../../demo/simulator/work/ledger.ts';
import { acting } from '../../model/record.ts';
import type { SyncResult } from '../../model/status.ts';
import { killedFailover } from '../kills/killed-failover.ts';
import { lead } from '../kills/lead.ts';
import { brokenPromises, enabledAt, ledgerFaults, lostJobs, recordOf } from '../kills/promises.ts';
import { machineOf, type Stage, setTheStage } from '../kills/stage.ts';
import { until } from '../kills/until.ts';
import { consoleOf, failoverByConsole } from './console.ts';

const LIMIT = { timeout: 300_000 };

/**
 * A pair of this build from its setup to the loss of a site: real restic, a real Temporal, real worker processes, and
 * simulated FME Flows, with clients who write through the front door all the time.
 */
export function tellTheStory(build: number): void {
  let stage: Stage;
  let acceptedBeforeLoss: readonly string[] = [];

  beforeAll(async () => {
    stage = await setTheStage({ build });
  }, 180_000);
  afterAll(() => stage?.end());

  const sync = async (): Promise<SyncResult> => (await stage.understudy.sync()).result();

  test('setup makes the configured site active and the other a quiet standby, and may be repeated', LIMIT, async () => {
    expect(recordOf(stage, 'dc1')).toMatchObject({ role: 'active', epoch: 1, claim: { closed: true } });
    expect(recordOf(stage, 'dc2')).toMatchObject({ role: 'standby', claim: { closed: true } });
    expect(await quiet(stage, 'dc2')).toBe(true);
    expect(await stage.understudy.setup()).toMatchObject({ active: 'dc1' });
    expect(recordOf(stage, 'dc1')).toMatchObject({ role: 'active', epoch: 1 });
  });

  test(
    'a sync, started with the documented JSON, brings the standby in step, proven, and nothing acts there',
    LIMIT,
    async () => {
      const console = consoleOf(stage.scene.temporal.address);
      await console.start('sync', 'sync/by-hand', { pair: PAIR });
      const result = (await console.result('sync/by-hand')).result as SyncResult;
      expect(result).toMatchObject({ outcome: 'synced', from: 'dc1', to: 'dc2' });
      expect(recordOf(stage, 'dc2')?.content).toEqual({ point: result.point, state: 'proven' });
      expect(enabledAt(stage, 'dc2')).toEqual([]);
      expect(await quiet(stage, 'dc2')).toBe(true);
      for (const vault of await stage.understudy.inspect('points'))
        expect(vault.points.map(({ id }) => id)).toContain(result.point);
    },
  );

  test('a wrong input fails at once, with a message that shows a right one', LIMIT, async () => {
    const console = consoleOf(stage.scene.temporal.address);
    for (const [id, input] of [
      ['wrong/no-site', { pair: PAIR, mode: 'planned', reason: 'to see what it says' }],
      ['wrong/other-site', { pair: PAIR, to: 'dc3', mode: 'planned', reason: 'to see what it says' }],
    ] as const) {
      await console.start('failover', id, input);
      expect(await console.result(id)).toMatchObject({ status: 'FAILED', failure: expect.stringContaining('dc2') });
    }
    expect(recordOf(stage, 'dc1')).toMatchObject({ role: 'active', claim: { closed: true } });
  });

  test('a planned failover moves clients and schedules to the standby', LIMIT, async () => {
    const { result, faults } = await killedFailover(stage, 'dc2', [], () => {});
    expect(faults).toEqual([]);
    expect(result).toMatchObject({ from: 'dc1', to: 'dc2', rpo: 0, verdict: { result: 'confirmed' } });
  });

  test('a failback, started and approved with the documented JSON, brings them home', LIMIT, async () => {
    const result = await failoverByConsole(stage, 'dc1');
    expect(await brokenPromises(stage, result)).toEqual([]);
    expect(result).toMatchObject({ outcome: 'committed', from: 'dc2', to: 'dc1', rpo: 0 });
  });

  test('no job that a client got accepted around the two failovers is lost, and none ran twice', LIMIT, async () => {
    // A moment of clients' writes at the site that serves again.
    const before = stage.writers.accepted.length;
    await until('write that is accepted', () => stage.writers.accepted.length > before + 3 || undefined);
    acceptedBeforeLoss = [...stage.writers.accepted];
    expect(await lostJobs(stage, 200_000, acceptedBeforeLoss)).toEqual([]);
    expect(ledgerFaults(stage)).toEqual([]);
  });

  test('when the active site is lost, an unplanned failover states what it loses and serves again', LIMIT, async () => {
    const last = await sync();
    await sleep(500);
    const lostAt = Date.now();
    await Promise.all([stage.scene.machine('dc1').kill(), stage.scene.worker('dc1').kill()]);
    const run = await stage.understudy.failover({ to: 'dc2', mode: 'unplanned', reason: 'dc1 is lost' });
    const { result, blocked } = await lead(stage.client, run);
    expect(blocked).toEqual([]);
    expect(result).toMatchObject({
      ...{ outcome: 'committed', to: 'dc2', point: last.point, pointTime: last.pointTime, state: 'UNPROTECTED' },
      verdict: { result: 'asserted', who: 'Ada' },
    });
    expect(result.rpo).toBeGreaterThanOrEqual(lostAt - Date.parse(last.pointTime ?? ''));
    expect(recordOf(stage, 'dc2')).toMatchObject({ role: 'active', claim: { closed: true } });
    expect(await stage.throughTheDoor.machineKey()).toBe(stage.scene.sites.dc2.machineKey);
  });

  test('the lost site fences itself when it comes back, and nothing was executed there', LIMIT, async () => {
    const backAt = new Date().toISOString();
    await stage.scene.startMachine('dc1');
    stage.scene.startWorker('dc1');
    const record = await until('record that is outdated', () => {
      const now = recordOf(stage, 'dc1');
      return now?.role === 'outdated' ? now : undefined;
    });
    expect(acting(record.role)).toBe(false);
    await until(
      'fence',
      async () => (enabledAt(stage, 'dc1').length === 0 && (await quiet(stage, 'dc1'))) || undefined,
    );
    expect(recordOf(stage, 'dc2')?.role).toBe('active');
    // What ran when the machine was lost is noted as interrupted only when it starts again: that is not an execution.
    const executed = readLedger(stage.scene.ledger).filter(
      ({ site, started, ended, result }) =>
        site === 'dc1' && (started > backAt || (ended > backAt && result !== 'interrupted')),
    );
    expect(executed).toEqual([]);
    expect(ledgerFaults(stage)).toEqual([]);
  });
}

async function quiet(stage: Stage, site: SiteName): Promise<boolean> {
  const engines = await commandService(machineOf(stage.scene, site), 'status', 'engines');
  return !engines.running && !engines.startsWithMachine;
}
