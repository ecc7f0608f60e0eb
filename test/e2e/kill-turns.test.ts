import { expect, test } from 'vitest';
import { killsAt, withoutKill } from '../kills/turns.ts';

const activities = ['observe', 'openClaim', 'restore', 'promote', 'redirect', 'commit', 'release'].map(
  (activity, at) => ({
    id: `${at}`,
    activity,
    doer: activity === 'redirect' ? ('control' as const) : ('target' as const),
  }),
);

test('over the three victims each activity of a site meets every moment, and each victim every activity', () => {
  const all = (['worker', 'control', 'temporal'] as const).flatMap((victim) => killsAt(victim, activities));
  for (const { activity, doer } of activities) {
    const met = all.filter((kill) => kill.activity === activity && kill.moment !== 'middle');
    const most = doer === 'control' ? 2 : 3;
    expect(new Set(met.map(({ victim }) => victim)).size).toBe(most);
    expect(new Set(met.map(({ moment }) => moment)).size, activity).toBe(most);
  }
});

test('worker and Temporal are killed in the middle of a restore too, in the order of the activities', () => {
  for (const victim of ['worker', 'temporal'] as const) {
    const kills = killsAt(victim, activities);
    expect(kills.filter(({ moment }) => moment === 'middle').map(({ activity }) => activity)).toEqual(['restore']);
    const order = kills.map(({ id }) => Number(id));
    expect(order).toEqual([...order].sort());
  }
});

test('a name that no activity has any more is told', () => {
  expect(withoutKill(activities, ['backup', 'restore'])).toEqual(['backup']);
  expect(withoutKill(activities)).toEqual([]);
});
