import { expect, test } from 'vitest';
import { changes } from '../../model/changes.ts';
import { type Entry, type Facts, fold, NO_FACTS, outcomeKey } from '../../model/facts.ts';
import { isRefusal, type SiteState } from '../../model/refusal.ts';
import { explore } from './explore.ts';
import { REAL, type Rules } from './rules.ts';
import { SMALL } from './scenarios.ts';

const AT = '2026-01-01T00:00:00Z';
const foldAll = (facts: Facts, entries: readonly Entry[]): Facts => entries.reduce(fold, facts);
/** The store journals a grant by an entry of its own. */
const told = ({ seen: _, outcomes: __, ...facts }: Facts): unknown => facts;

test('what any rule changes in the facts is what its journal entries fold to', () => {
  let rulings = 0;
  const checked = Object.fromEntries(
    Object.entries(REAL).map(([name, rule]) => [
      name,
      typeof rule !== 'function'
        ? rule
        : (...args: readonly unknown[]) => {
            const ruled = (rule as (...all: readonly unknown[]) => unknown)(...args);
            if (typeof ruled !== 'object' || ruled === null || isRefusal(ruled) || !('facts' in ruled)) return ruled;
            const before = (args[0] as SiteState).facts;
            const after = (ruled as SiteState).facts;
            if (before !== after) {
              rulings++;
              expect(told(foldAll(before, changes(before, after, AT))), name).toEqual(told(after));
            }
            return ruled;
          },
    ]),
  ) as unknown as Rules;
  expect(explore(SMALL.decisions, checked).violation).toBe(null);
  expect(explore(SMALL.data, checked).violation).toBe(null);
  expect(rulings).toBeGreaterThan(1_000);
});

test('folding a journal again gives the same facts, whoever wrote it', () => {
  const order = { claim: 4, operation: 'failover/p/x/run', step: 'freeze', round: 1 };
  const task = { claim: 4, component: 'app', point: 'e1.s1', name: 'u-1' };
  const job = { component: 'app', id: '7', title: 'Nightly', request: { workspace: 'a' } };
  const entries: readonly Entry[] = [
    { at: AT, kind: 'claim', number: 4, operation: order.operation },
    { at: AT, kind: 'intent', order },
    { at: AT, kind: 'pending', set: { app: { schedules: ['a'] } }, point: 'e1.s1' },
    { at: AT, kind: 'task', task },
    { at: AT, kind: 'job-given-up', job },
    { at: AT, kind: 'outcome', order, result: { enabledItems: 1 } },
  ];
  const facts = foldAll(NO_FACTS, entries);

  expect(facts).toMatchObject({ seen: 4, pendingPoint: 'e1.s1', tasks: [task], givenUp: [job] });
  expect(facts.outcomes[outcomeKey(order)]).toEqual({ enabledItems: 1 });
  expect(foldAll(facts, entries)).toEqual(facts);
});

test('what keeps a site down is read from journals of before too, which knew one means at a time', () => {
  const before = { at: AT, kind: 'snapshot', facts: { ...NO_FACTS, down: 'firewall' } } as unknown as Entry;
  const both = foldAll(NO_FACTS, [before, { at: AT, kind: 'down', means: 'core of app' }]);
  expect(both.down).toEqual(['firewall', 'core of app']);
  expect(fold(both, { at: AT, kind: 'lowered', means: 'core of app' }).down).toEqual(['firewall']);
  expect(fold(both, { at: AT, kind: 'down', means: null }).down).toEqual([]);
});

test('entries that end something end exactly that', () => {
  const task = { claim: 4, component: 'app', point: 'e1.s1', name: 'u-1' };
  const begun = foldAll(NO_FACTS, [
    { at: AT, kind: 'pending', set: { app: { schedules: ['a'] } }, point: 'e1.s1' },
    { at: AT, kind: 'task', task },
    { at: AT, kind: 'task', task: { ...task, name: 'u-2' } },
    { at: AT, kind: 'point', point: 'e1.s1', state: 'intact' },
    { at: AT, kind: 'point', point: 'e1.s1', state: 'proven' },
  ]);
  const ended = foldAll(begun, [
    { at: AT, kind: 'pending-ended' },
    { at: AT, kind: 'task-ended', name: 'u-1', how: 'completed' },
  ]);

  expect(ended.pending).toBe(null);
  expect(ended.pendingPoint).toBeUndefined();
  expect(ended.tasks.map(({ name }) => name)).toEqual(['u-2']);
  expect(ended).toMatchObject({ intact: ['e1.s1'], proven: ['e1.s1'] });
});
