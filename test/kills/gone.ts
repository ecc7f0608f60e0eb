import { describe, expect, test } from 'vitest';
import { PAIR } from '../../demo/scene-config.ts';
import { siteQueue } from '../../model/names.ts';
import type { SyncResult } from '../../model/status.ts';
import { RUNBOOK } from '../../workflows/runbook/steps.ts';
import type { Kill, Victim } from './kill.ts';
import { type Form, type KilledFailover, killedFailover } from './killed-failover.ts';
import { brokenAtTarget, ledgerFaults } from './promises.ts';
import type { Recorded } from './recorded.ts';
import { BUILD_OF, type Stage, setTheStage } from './stage.ts';
import { killsAt } from './turns.ts';
import { orNothing } from './until.ts';

/** A site that was given up does not come back by itself, so each of these failovers has a stage of its own. */
const ON_ONE_FAILOVER = 6;
const HOUR_MS = 3_600_000;

const say = (line: string): void => console.log(line);

/** All kills of one victim while the source is lost: at each activity of an unplanned failover to an older point. */
export function killsWithoutSource(victim: Victim): void {
  describe(`kill -9 of ${victim}, with the source lost`, () => {
    let activities: readonly Recorded[] = [];
    let looks = 0;

    test('a failover without a kill tells which activities there are, at least one in each step of this form', {
      timeout: HOUR_MS,
    }, async () => {
      const first = await failOver([], 0);
      expect(first.faults).toEqual([]);
      activities = first.activities.filter(({ doer }) => doer !== 'source');
      looks = first.activities.length - activities.length;
      const withActivities = new Set(activities.map(({ step }) => step));
      const steps = RUNBOOK.filter(({ gone, title }) => gone && !title.startsWith('Approval'));
      expect(steps.map(({ id }) => id).filter((id) => !withActivities.has(id))).toEqual([]);
    });

    test('at each of them: the run completes, nobody but its approver is asked, and the target serves', {
      timeout: 3 * HOUR_MS,
    }, async () => {
      const wanted = killsAt(victim, activities);
      expect(wanted.length).toBeGreaterThan(0);
      const hands = Math.ceil(wanted.length / ON_ONE_FAILOVER);
      const faults: string[] = [];
      for (let hand = 0; hand < hands; hand++)
        faults.push(
          ...(
            await failOver(
              wanted.filter((_, at) => at % hands === hand),
              looks,
            )
          ).faults,
        );
      say(`${victim}, source lost: ${wanted.length} kills, ${faults.length} faults`);
      expect(faults).toEqual([]);
    });
  });
}

/** `looks`: how often the lost source was looked at where nobody was killed. After a while it is looked at again. */
async function failOver(kills: readonly Kill[], looks: number): Promise<KilledFailover> {
  // Long enough to be met in its middle.
  const slow = kills.some(({ moment }) => moment === 'middle');
  const stage = await setTheStage({
    build: BUILD_OF.v4,
    freezeMax: '2h',
    ...(slow ? { settings: { restoreMs: 1_500 } } : {}),
  });
  try {
    const older = await synced(stage.understudy.sync());
    await synced(stage.understudy.sync());
    await Promise.all([stage.scene.machine('dc1').kill(), stage.scene.worker('dc1').kill()]);
    const form: Form = {
      // The target holds a newer one: this is restored over it.
      input: { mode: 'unplanned', point: older },
      more: (of) => async (run) => {
        const now = await looksAt(of, run);
        return now === undefined ? undefined : Math.max(0, now - looks);
      },
      broken: async (of, result) => [...(await brokenAtTarget(of, result)), ...ledgerFaults(of)],
    };
    return await killedFailover(stage, 'dc2', kills, say, form);
  } finally {
    await stage.end();
  }
}

/** Undefined while Temporal does not answer. */
async function looksAt({ client }: Stage, run: string): Promise<number | undefined> {
  const history = await orNothing(client.workflow.getHandle(run).fetchHistory());
  const queue = siteQueue(PAIR, 'dc1');
  return history?.events?.filter((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name === queue)
    .length;
}

async function synced(begun: Promise<{ result(): Promise<SyncResult> }>): Promise<string> {
  const { outcome, point, why } = await (await begun).result();
  if (outcome !== 'synced' || !point) throw new Error(`the sync ended as ${outcome}: ${why}`);
  return point;
}
