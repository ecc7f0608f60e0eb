import type { Scenario } from './explore.ts';
import type { Operation } from './runs.ts';
import { firstSide, type Side, setOf } from './world.ts';

const run = (name: string, kind: Operation['kind'], to: 0 | 1, more: Partial<Operation> = {}): Operation => ({
  name,
  kind,
  to,
  takeover: true,
  may: [],
  verdicts: ['asserted'],
  loops: 0,
  ...more,
});

const scenario = (title: string, operations: readonly Operation[], more: Partial<Scenario> = {}): Scenario => ({
  title,
  operations,
  writes: 0,
  toggles: 0,
  selfThaw: false,
  lateTasks: true,
  atLeast: 0,
  ...more,
});

/** A was demoted and B was not promoted: both hold the same, and nobody serves. */
function noActive(): readonly [Side, Side] {
  const claim = { number: 2, operation: 'W', kind: 'failover' as const, closed: true };
  const [a, b] = [firstSide(0, 'active'), firstSide(1, 'standby')];
  const point = b.record.content?.point ?? null;
  return [
    {
      record: { ...a.record, claim, role: 'standby', epoch: 2, content: { point, state: 'own' } },
      facts: { ...a.facts, seen: 2, pending: setOf(1) },
      app: { ...a.app, door: false, exec: false, enabled: 0 },
    },
    { ...b, record: { ...b.record, claim }, facts: { ...b.facts, seen: 2 } },
  ];
}

const BOTH = ['give-back', 'without-source'] as const;
const sync = run('S', 'sync', 1, { takeover: false });

/** A is active at first, B its standby. Every run may be taken over by every later one, at any time. */
export const SCENARIOS: readonly Scenario[] = [
  scenario(
    'one failover that goes back to the freeze, with writes, changed schedules and self-thaw',
    [run('X', 'failover', 1, { loops: 1 })],
    { writes: 1, toggles: 1, selfThaw: true, atLeast: 330_000 },
  ),
  scenario('one failover with every decision, a write and self-thaw', [run('X', 'failover', 1, { may: BOTH })], {
    writes: 1,
    selfThaw: true,
    atLeast: 150_000,
  }),
  scenario(
    'two failovers to and fro, the first with every decision',
    [run('X', 'failover', 1, { may: BOTH }), run('Y', 'failover', 0)],
    { atLeast: 740_000 },
  ),
  scenario('two failovers to and fro, with a write', [run('X', 'failover', 1), run('Y', 'failover', 0)], {
    writes: 1,
    atLeast: 110_000,
  }),
  scenario(
    'a failover, and two people who assert opposite verdicts',
    [run('X', 'failover', 1), run('Y', 'unplanned', 1), run('Z', 'unplanned', 0)],
    { atLeast: 970_000 },
  ),
  scenario('a sync and a failover, with a write and self-thaw', [sync, run('X', 'failover', 1)], {
    writes: 1,
    selfThaw: true,
    atLeast: 290_000,
  }),
  scenario(
    'a failover, and another on a confirmed fence, with a write',
    [run('X', 'failover', 1), run('Y', 'unplanned', 1, { verdicts: ['confirmed'] })],
    { writes: 1, atLeast: 170_000 },
  ),
  scenario(
    'an unplanned failover, the reprotect of what comes back, and a failover back',
    [
      run('X', 'unplanned', 1, { verdicts: ['asserted', 'confirmed'] }),
      run('R', 'reprotect', 0),
      run('Z', 'failover', 0),
    ],
    { atLeast: 440_000 },
  ),
];

/** Smaller ones of the same kind, in which a missing rule shows soonest. */
export const SMALL = {
  data: scenario('one failover with a write and self-thaw', [run('X', 'failover', 1)], { writes: 1, selfThaw: true }),
  freezes: scenario(
    'one failover that goes back to the freeze, with a write',
    [run('X', 'failover', 1, { loops: 1 })],
    { writes: 1, selfThaw: true },
  ),
  decisions: scenario('one failover with every decision', [run('X', 'failover', 1, { may: BOTH })]),
  toAndFro: scenario('two failovers to and fro', [run('X', 'failover', 1), run('Y', 'failover', 0)]),
  sync: scenario('a sync and a failover', [sync, run('X', 'failover', 1)]),
  people: scenario(
    'two people who assert opposite verdicts while nobody serves',
    [run('X', 'unplanned', 1), run('Y', 'unplanned', 0)],
    { startFrom: noActive() },
  ),
  reprotect: scenario('an unplanned failover, the reprotect of what comes back, and a failover back', [
    run('X', 'unplanned', 1),
    run('R', 'reprotect', 0),
    run('Z', 'failover', 0),
  ]),
  fence: scenario('a failover on a confirmed fence', [run('X', 'unplanned', 1, { verdicts: ['confirmed'] })]),
};
