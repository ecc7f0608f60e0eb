import { describe, expect, test } from 'vitest';
import type { Plan } from '../../model/plan.ts';
import type { SiteRecord } from '../../model/record.ts';
import type { SiteView } from '../../model/site-activities.ts';
import { pairStatus } from '../../workflows/pair-status.ts';

const PLAN = { pair: 'orders', targets: { rpo: 3_600_000 }, components: [] } as unknown as Plan;
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

describe('A recovery point protects the site that is active now', () => {
  const SILENT = { site: 'dc1', problem: 'no worker took observe at dc1' };
  const CLOSED = { number: 4, closed: true };
  const active = (permission: object): SiteView =>
    ({
      ...{ site: 'dc2', clock: AT, components: [], held: false, givenUpJobs: 0, points: [] },
      record: { role: 'active', epoch: 4, claim: CLOSED, permission } as unknown as SiteRecord,
    }) as unknown as SiteView;
  const LOST = active({ by: 'verdict', verdict: { site: 'dc1', result: 'asserted' } });
  const GAVE = active({ by: 'peer', peer: { role: 'standby', content: { point: 'e1.s2', state: 'own' } } });
  const told = (seen: Parameters<typeof pairStatus>[1], point: string | null) => {
    const lastSync = point === null ? null : { point, at: AT };
    const { state, lastSync: last } = pairStatus(PLAN, seen, { runs: [], lastSync, clients: '', now: AT });
    return [state, last?.point];
  };

  test('which none does that came from a site which was given up', () => {
    expect(told([SILENT, LOST], 'e1.s2')).toEqual(['UNPROTECTED', undefined]);
    expect(told([SILENT, LOST], 'e4.s1'), 'synced since').toEqual(['AT RISK', 'e4.s1']);
  });

  test('as the one does with which the former active gave its role up, also while that does not answer any more', () => {
    expect(told([SILENT, GAVE], 'e1.s2')).toEqual(['AT RISK', 'e1.s2']);
    expect(told([SILENT, GAVE], 'e1.s1'), 'an older one of its own').toEqual(['UNPROTECTED', undefined]);
  });

  test('and a former active tells it of what it holds, where no run reported it', () => {
    const former = {
      ...standby('e1.s1'),
      site: 'dc1',
      record: { role: 'standby', epoch: 4, claim: CLOSED, content: { point: 'e1.s2', state: 'own' } },
      points: [{ id: 'e1.s2', state: 'stored', startedAt: AT }],
    } as unknown as SiteView;
    expect(told([former, GAVE], null)).toEqual(['PROTECTED', 'e1.s2']);
  });

  test('and while no site is known to be active, the newest one is told: a failover would quote it', () => {
    expect(told([SILENT, standby('e1.s1')], 'e1.s2')).toEqual(['UNKNOWN', 'e1.s2']);
  });
});
