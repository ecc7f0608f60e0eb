import type { Kill, Moment, Victim } from './kill.ts';
import type { Recorded } from './recorded.ts';

const VICTIMS: readonly Victim[] = ['worker', 'control', 'temporal'];
const MOMENTS: readonly Moment[] = ['before-effect', 'after-effect', 'after-answer'];

/**
 * Where one victim is killed, in the order of the activities. The moments take turns, and each victim begins with another:
 * over the three of them each activity meets all moments. A restore is met in its middle too: it takes long, and goes on in
 * the application.
 */
export const killsAt = (
  victim: Victim,
  activities: readonly Pick<Recorded, 'id' | 'activity' | 'doer'>[],
): readonly Kill[] =>
  activities.flatMap(({ id, activity, doer }, at): readonly Kill[] => {
    // Where control does the activity it is its own worker, and killed as that.
    if (victim === 'control' && doer === 'control') return [];
    const moment = MOMENTS[(at + VICTIMS.indexOf(victim)) % MOMENTS.length] as Moment;
    const kill: Kill = { victim, moment, activity, id };
    return activity === 'restore' && victim !== 'control' ? [kill, { ...kill, moment: 'middle' }] : [kill];
  });

/** The activities that were asked for by name, and that no kill meets. */
export const withoutKill = (
  kills: readonly Pick<Kill, 'activity'>[],
  only: readonly string[] = [],
): readonly string[] => only.filter((name) => !kills.some(({ activity }) => activity === name));
