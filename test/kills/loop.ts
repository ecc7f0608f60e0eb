import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SiteName } from '../../demo/scene-config.ts';
import { RUNBOOK } from '../../workflows/runbook/steps.ts';
import { ASKING } from './asking.ts';
import type { Kill, Moment, Victim } from './kill.ts';
import { killedFailover } from './killed-failover.ts';
import { hasRun, ledgerFaults, lostJobs } from './promises.ts';
import type { Recorded } from './recorded.ts';
import { BUILD_OF, type Stage, setTheStage } from './stage.ts';
import { withoutKill } from './turns.ts';

/** So many kills on one failover: far enough from each other that the run has gone on in between. */
const ON_ONE_FAILOVER = 6;
/** Longer than it takes until the site is frozen, so that a job is given up there and run again at the other. */
const LONG_JOB_MS = 120_000;
const HOUR_MS = 3_600_000;

/** Rows that passed are appended here where it is set, and left out the next time. */
const done = process.env.UNDERSTUDY_KILLS_DONE;
const say = (line: string): void => console.log(line);

/**
 * All kills of one victim at one moment: at each activity of a planned failover, as a first run of the same code records
 * them. The failovers go back and forth between the two sites of one stage.
 */
export function killsOf(victim: Victim, moment: Moment, only?: readonly string[]): void {
  describe(`kill -9 of ${victim}, ${moment}`, () => {
    let stage: Stage;
    let active: SiteName = 'dc1';
    let longJobs = 1;
    let activities: readonly Recorded[] = [];

    beforeAll(async () => {
      const slow = only ? { settings: { backupMs: 1_500, restoreMs: 1_500 } } : {};
      stage = await setTheStage({ build: BUILD_OF.v4, freezeMax: '2h', drainLimit: '3s', ...slow });
      await stage.writers.submitLong(`long-${longJobs}`, LONG_JOB_MS);
    }, 180_000);
    afterAll(() => stage?.end());

    const failOver = async (kills: readonly Kill[]) => {
      const to = active === 'dc1' ? 'dc2' : 'dc1';
      // One at a time: each takes an engine for as long as it lasts, and is given up and run again by each failover.
      if (hasRun(stage, `long-${longJobs}`)) await stage.writers.submitLong(`long-${++longJobs}`, LONG_JOB_MS);
      const over = await killedFailover(stage, to, kills, say);
      active = to;
      return over;
    };

    test('a failover without a kill tells which activities there are, at least one in each step but the approvals', {
      timeout: HOUR_MS,
    }, async () => {
      const first = await failOver([]);
      expect(first.faults).toEqual([]);
      activities = first.activities;
      const withActivities = new Set(activities.map(({ step }) => step));
      const without = RUNBOOK.filter(({ id }) => !withActivities.has(id));
      expect(without.map(({ title }) => title).filter((title) => !title.startsWith('Approval'))).toEqual([]);
    });

    test('at each of them: the run completes without a person, and the promises hold', {
      timeout: 3 * HOUR_MS,
    }, async () => {
      expect(ASKING.length).toBeLessThanOrEqual(2);
      const all = activities
        // Where control does the activity it is its own worker, and killed as that.
        .filter(({ activity, doer }) => only?.includes(activity) ?? !(victim === 'control' && doer === 'control'))
        .map(({ id, activity }): Kill => ({ victim, moment, activity, id }));
      // An activity that was renamed would be killed at no more, and nobody would hear of it.
      expect(withoutKill(all, only)).toEqual([]);
      expect(all.length).toBeGreaterThan(0);
      const wanted = all.filter((kill) => !passedBefore(kill));
      const faults: string[] = [];
      for (const kills of dealt(wanted)) {
        const over = await failOver(kills);
        if (over.faults.length === 0) for (const { kill } of over.rows) remember(kill);
        faults.push(...over.faults);
      }
      say(`${victim} ${moment}: ${wanted.length} kills, ${faults.length} faults`);
      expect(faults).toEqual([]);
    });

    test('every job that a client got accepted meanwhile ran, once', { timeout: HOUR_MS }, async () => {
      await stage.writers.stop();
      expect(stage.writers.accepted.length).toBeGreaterThan(10);
      expect(await lostJobs(stage, 4 * LONG_JOB_MS)).toEqual([]);
      expect(ledgerFaults(stage)).toEqual([]);
    });
  });
}

/** Dealt like cards, so that those on one failover are far from each other. */
function dealt(kills: readonly Kill[]): readonly (readonly Kill[])[] {
  const hands = Math.ceil(kills.length / ON_ONE_FAILOVER);
  return Array.from({ length: hands }, (_, hand) => kills.filter((_kill, index) => index % hands === hand));
}

const keyOf = ({ victim, moment, activity, id }: Kill): string => [victim, moment, id, activity].join(' ');

function passedBefore(kill: Kill): boolean {
  return done !== undefined && existsSync(done) && readFileSync(done, 'utf8').split('\n').includes(keyOf(kill));
}

function remember(kill: Kill): void {
  if (done !== undefined) appendFileSync(done, `${keyOf(kill)}\n`);
}
