import { expect, test } from 'vitest';
import type { Plan } from '../../model/plan.ts';
import type { SiteView } from '../../model/site-activities.ts';
import { pairStatus } from '../../workflows/pair-status.ts';

const PLAN = { pair: 'orders', targets: { rpo: 3_600_000 } } as unknown as Plan;
const AT = '2026-11-24T03:00:00.000Z';

/** A standby whose vault has these points, all proven. */
const standby = (...points: readonly string[]): SiteView =>
  ({
    ...{ site: 'dc2', clock: AT, components: [], held: false },
    record: { role: 'standby', epoch: 1, claim: { number: 2, closed: true } },
    points: points.map((id) => ({ id, state: 'proven', startedAt: `time of ${id}` })),
  }) as unknown as SiteView;

const lastSync = (view: SiteView, reported: string | null): string | undefined =>
  pairStatus(PLAN, [view], {
    ...{ runs: [], clients: '', now: AT },
    lastSync: reported ? { point: reported, at: `time of ${reported}` } : null,
  }).lastSync?.point;

test('The recovery point of a pair is the newest one known: reported by a run, or proven in the vault of the standby', () => {
  expect(lastSync(standby('e1.s1', 'e1.s4'), 'e1.s2'), 'a failover was given back after the last sync').toBe('e1.s4');
  expect(lastSync(standby('e1.s1'), 'e1.s2'), 'the former active is standby now').toBe('e1.s2');
  expect(lastSync(standby('e1.s9'), 'e2.s1'), 'a later epoch is newer').toBe('e2.s1');
  expect(lastSync(standby('e1.s1'), null), 'nothing was reported').toBe('e1.s1');
  expect(lastSync(standby(), null)).toBeUndefined();
});
