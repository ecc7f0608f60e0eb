import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Kill, Moment, Victim } from '../kills/kill.ts';
import { killedFailover } from '../kills/killed-failover.ts';
import { lostJobs } from '../kills/promises.ts';
import type { Recorded } from '../kills/recorded.ts';
import { numbersOf, seedOfRun } from '../kills/seed.ts';
import { BUILD_OF, type Stage, setTheStage } from '../kills/stage.ts';

/** Twelve of the kills of `npm run test:kills`: five that are always among them, and others by a seed. */
const ALWAYS: readonly Kill[] = [
  { victim: 'worker', moment: 'middle', activity: 'backup' },
  { victim: 'worker', moment: 'middle', activity: 'restore' },
  { victim: 'worker', moment: 'after-effect', activity: 'demote' },
  { victim: 'control', moment: 'after-effect', activity: 'promote' },
  { victim: 'temporal', moment: 'after-effect', activity: 'moveRedirect' },
];
const OTHERS = 7;

const say = (line: string): void => console.log(line);
const seed = seedOfRun();
let stage: Stage;
let activities: readonly Recorded[];

beforeAll(async () => {
  stage = await setTheStage({ build: BUILD_OF.v4, freezeMax: '1h', settings: { backupMs: 4_000, restoreMs: 4_000 } });
}, 180_000);
afterAll(() => stage?.end());

test('a planned failover completes although processes are killed mid-backup, mid-restore, at demote, promote and redirect', {
  timeout: 900_000,
}, async () => {
  const there = await killedFailover(stage, 'dc2', ALWAYS, say);
  expect(there.faults).toEqual([]);
  activities = there.activities;
});

test('so does the failback, with kills chosen by a seed', { timeout: 900_000 }, async () => {
  say(`kills chosen by UNDERSTUDY_KILLS_SEED=${seed}`);
  const back = await killedFailover(stage, 'dc1', chosen(activities, seed), say);
  expect(back.faults).toEqual([]);
});

test('every job that a client got accepted meanwhile ran, once', { timeout: 400_000 }, async () => {
  await stage.writers.stop();
  expect(stage.writers.accepted.length).toBeGreaterThan(10);
  expect(await lostJobs(stage, 300_000)).toEqual([]);
});

/** One kill in each stretch of the run, so that they do not meet. */
function chosen(all: readonly Recorded[], from: number): readonly Kill[] {
  const next = numbersOf(from);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const stretch = all.length / OTHERS;
  return Array.from({ length: OTHERS }, (_, index) => {
    // The last of a stretch is left out: the next kill may be at the first of the next one.
    const within = all.slice(Math.ceil(index * stretch), Math.max(Math.ceil((index + 1) * stretch) - 1, 1));
    const { id, activity } = pick(within);
    const victim = pick<Victim>(['worker', 'control', 'temporal']);
    const moment = pick<Moment>(['before-effect', 'after-effect', 'after-answer']);
    return { victim, moment, activity, id };
  });
}
