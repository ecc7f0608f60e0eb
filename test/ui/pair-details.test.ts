import { describe, expect, test } from 'vitest';
import { inputProblem } from '../../model/inputs.ts';
import { PAIR_STATES } from '../../model/pair-state.ts';
import type { Plan } from '../../model/plan.ts';
import type { PairStatus } from '../../model/status.ts';
import { pairDetails } from '../../workflows/pair-details.ts';

type Site = PairStatus['sites'][number];

const PLAN = { pair: 'orders', targets: { rpo: 3_600_000, rto: 900_000 } } as unknown as Plan;

const site = (name: string, role: string, reachable = true): Site => ({
  ...{ site: name, role, epoch: 1, claim: 2, content: role === 'standby' ? 'proven e1.s1' : '', reachable },
  health: reachable ? 'healthy' : 'no worker took observe at dc1',
});

const status = (change: Partial<PairStatus> = {}): PairStatus => ({
  ...{ pair: 'orders', state: 'PROTECTED', active: 'dc1', runs: [], clients: 'front-door leads to dc1' },
  lastSync: { point: 'e1.s1', at: '2026-11-24T03:00:00.000Z' },
  sites: [site('dc1', 'active'), site('dc2', 'standby')],
  observedAt: '2026-11-24T03:12:07.123Z',
  ...change,
});

const inputs = (markdown: string): readonly Record<string, string>[] =>
  [...markdown.matchAll(/```json\n([^`]*)\n```/g)].map((match) => JSON.parse(match[1] ?? ''));

describe('The details of a pair', () => {
  test.each(PAIR_STATES)('say in words what %s means', (state) => {
    const [title, words] = pairDetails(PLAN, status({ state })).split('\n\n');
    expect(title).toBe(`### orders: ${state}`);
    expect(words?.length).toBeGreaterThan(20);
  });

  test('tell how old the recovery point is, and how old it may be', () => {
    expect(pairDetails(PLAN, status())).toContain('`e1.s1` of 2026-11-24 03:00:00 UTC, 12 min 7 s old (target 1h)');
  });

  test('lead to the runs in progress, and show what they wait for', () => {
    const asks = 'Move the active role of orders from dc1 to dc2 now?';
    const runs = [{ id: 'failover/orders/2026-11-24T0310', kind: 'failover', step: 'cutover', asks }];
    expect(pairDetails(PLAN, status({ runs }))).toContain(
      `- [failover/orders/2026-11-24T0310](/namespaces/{namespace}/workflows/failover%2Forders%2F2026-11-24T0310) **waits for an answer:** ${asks}`,
    );
  });

  test('offer a sync and a planned failover with their inputs; the reason has to be filled in', () => {
    const [sync, failover, ...others] = inputs(pairDetails(PLAN, status()));
    expect(inputProblem('sync', sync)).toBeUndefined();
    expect(failover).toEqual({ pair: 'orders', to: 'dc2', mode: 'planned', reason: '' });
    expect(inputProblem('failover', failover)).toContain('"reason" is missing');
    expect(inputProblem('failover', { ...failover, reason: 'maintenance' })).toBeUndefined();
    expect(others).toEqual([]);
  });

  test('offer an unplanned failover to the standby, and no sync, while the active site does not answer', () => {
    const lost = status({
      state: 'UNKNOWN',
      active: null,
      sites: [site('dc1', 'unknown', false), site('dc2', 'standby')],
    });
    expect(inputs(pairDetails(PLAN, lost))).toEqual([{ pair: 'orders', to: 'dc2', mode: 'unplanned', reason: '' }]);
  });

  test('tell while syncs are paused by whom and how they go on, and offer none', () => {
    const shown = pairDetails(PLAN, status({ state: 'PAUSED', paused: { who: 'Ada', why: 'storage migration' } }));
    expect(shown).toContain('Paused by Ada: storage migration.');
    expect(shown).toContain('`resume`');
    expect(inputs(shown).map(({ to }) => to)).toEqual(['dc2']);
  });

  test('offer both ways out where no site is active', () => {
    const none = status({ state: 'NO ACTIVE', active: null, sites: [site('dc1', 'standby'), site('dc2', 'standby')] });
    expect(inputs(pairDetails(PLAN, none)).map(({ to, mode }) => [to, mode])).toEqual([
      ['dc1', 'planned'],
      ['dc2', 'planned'],
    ]);
  });

  test('offer nothing while a failover is in progress', () => {
    const runs = [{ id: 'failover/orders/2026-11-24T0310', kind: 'failover', step: 'freeze' }];
    expect(inputs(pairDetails(PLAN, status({ runs })))).toEqual([]);
  });
});
