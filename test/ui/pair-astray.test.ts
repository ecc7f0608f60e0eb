import { describe, expect, test } from 'vitest';
import type { Plan } from '../../model/plan.ts';
import type { SiteView } from '../../model/site-activities.ts';
import type { PairStatus } from '../../model/status.ts';
import { type Led, pairStatus } from '../../workflows/pair-status.ts';

const PLAN = { pair: 'orders', targets: { rpo: 3_600_000, rto: 900_000 }, components: [] } as unknown as Plan;
const NOW = '2026-11-24T03:12:00.000Z';

const view = (site: string, role: string): SiteView =>
  ({
    ...{ site, clock: NOW, held: false, givenUpJobs: 0, components: [], points: [] },
    record: { role, epoch: 1, claim: { number: 1, closed: true, kind: 'sync', operation: 'sync/orders/1' } },
  }) as unknown as SiteView;

const astray = (led: readonly Led[], runs: PairStatus['runs'] = [], roles = ['standby', 'active']) =>
  pairStatus(PLAN, [view('dc1', roles[0] ?? ''), view('dc2', roles[1] ?? '')], {
    ...{ runs, lastSync: { point: 'e1.s1', at: NOW }, clients: '', led, now: NOW },
  }).astray;
const run = (kind: string) => [{ id: `${kind}/orders`, kind, step: 'x' }];
const LEFT = [
  { name: 'dns', leadsTo: 'dc2' },
  { name: 'proxy', leadsTo: 'dc1' },
];

describe('Clients that were left at the old site', () => {
  test('are told of by the redirect and both sites, while a sync runs too', () => {
    const says = ['proxy leads clients to dc1, and the active site is dc2: move it there'];
    expect(astray(LEFT)).toEqual(says);
    expect(astray(LEFT, run('sync'))).toEqual(says);
  });

  test('are not told of while a failover runs, or where nobody knows the active site', () => {
    expect(astray(LEFT, run('failover'))).toBeUndefined();
    expect(astray(LEFT, [], ['standby', 'standby'])).toBeUndefined();
    expect(astray([{ name: 'dns', leadsTo: 'dc2' }])).toBeUndefined();
  });
});
