import { describe, expect, test } from 'vitest';
import { type Ask, answerProblem, type Choice } from '../../model/asks.ts';
import type { RunStatus, StepStatus } from '../../model/status.ts';
import { details } from '../../workflows/details.ts';

const ASK: Ask = {
  id: 'cutover-3f9a1c',
  step: 'cutover',
  title: 'Move the active role of orders from dc1 to dc2 now?',
  choices: ['approve', 'reject'],
  facts: ['dc1 is frozen, and dc2 holds what it held: e1.s2, proven', 'reject: dc1 is thawed and stays active'],
  openedAt: '2026-11-24T03:12:07.123Z',
};

const step = (id: string, change: Partial<StepStatus> = {}): StepStatus => ({
  id,
  title: id,
  state: 'waiting',
  ...change,
});

const run = (change: Partial<RunStatus> = {}): RunStatus => ({
  ...{ kind: 'failover', pair: 'orders', from: 'dc1', to: 'dc2', mode: 'planned', source: 'present', claim: 4 },
  steps: [step('observe'), step('cutover')],
  ...change,
});

/** The blocks of JSON that people copy. */
const blocks = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/```json\n([^`]*)\n```/g)].map((match) => match[1] ?? '');

describe('The details of a run that waits for an answer', () => {
  const shown = details(run({ ask: ASK }));

  test('show the question, since when it waits, and every fact', () => {
    expect(shown).toContain(`> **${ASK.title}**`);
    expect(shown).toContain('since 2026-11-24 03:12:07 UTC');
    expect(shown).toContain(`- ${ASK.facts[0]}`);
  });

  test('tell what a choice does beside its JSON, and not among the facts', () => {
    expect(shown).toContain('**reject**: dc1 is thawed and stays active');
    expect(shown).not.toContain('- reject:');
  });

  test('have one piece of JSON for each choice, which is refused until a name and a reason are filled in', () => {
    const given = blocks(shown).map((block) => JSON.parse(block));
    expect(given.map(({ ask, choice }) => [ask, choice])).toEqual(ASK.choices.map((choice) => [ASK.id, choice]));
    for (const answer of given) {
      expect(answerProblem(answer, ASK)).toContain('"who" is missing');
      expect(answerProblem({ ...answer, who: 'Ada', why: 'change 4711' }, ASK)).toBeUndefined();
    }
  });

  test('tell when a signal was not taken, in a way that can be copied', () => {
    const refused = 'answer: "who" is missing; for example {"ask": "a", "choice": "approve", "who": "Ada", "why": "x"}';
    expect(details(run({ ask: ASK, refused }))).toContain(`**The last signal was not taken:** \`${refused}\``);
  });

  test('stay far below the limit of 20 KB in the worst case', () => {
    const choices: readonly Choice[] = ['retry', 'give-back', 'without-source', 'replan', 'abort'];
    const text = 'é'.repeat(2_000);
    const steps = Array.from({ length: 14 }, (_, index) => step(`step ${index}`, { state: 'done', note: text }));
    const longest = details(run({ steps, refused: text, ask: { ...ASK, title: text, choices, facts: [text, text] } }));
    expect(new TextEncoder().encode(longest).length).toBeLessThan(16_000);
  });
});

describe('The step table', () => {
  const tableOf = (steps: readonly StepStatus[]): readonly string[] =>
    details(run({ steps }))
      .replaceAll(/[\u00A0\u2003\u200B]/g, ' ')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(2);

  test('has a row a step: how far it is, what came of it and how long it took', () => {
    const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 24, 3, 12, seconds)).toISOString();
    const rows = tableOf([
      step('observe', { state: 'done', note: 'dc1 active', startedAt: at(0), endedAt: at(2) }),
      step('freeze', { state: 'running', startedAt: at(2) }),
      step('stage', { state: 'skipped', note: 'skipped after: it failed' }),
      step('promote', { state: 'blocked', note: 'no answer', startedAt: at(5) }),
      step('commit'),
    ]);
    expect(
      rows.map((row) =>
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, -1),
      ),
    ).toEqual([
      ['✔ observe', 'dc1 active; 2 s'],
      ['**▶ freeze**', 'since 03:12:02'],
      ['↷ stage', 'skipped; skipped after: it failed'],
      ['**✖ promote**', 'blocked; no answer; since 03:12:05'],
      ['· commit', ''],
    ]);
  });

  test('is not broken by what a failure says', () => {
    const rows = tableOf([step('restore', { state: 'blocked', note: 'first line\n  second | line' })]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain('first line second \\| line');
  });
});

test('Links to runs have the slashes of workflow ids encoded', () => {
  expect(details(run())).toContain('](/namespaces/{namespace}/workflows/pair%2Forders)');
});

test('A run that has ended says how and where, and asks nothing any more', () => {
  const steps = [step('observe', { state: 'done' }), step('cutover', { state: 'asking' })];
  const ended = details(
    run({ steps, ended: '**Cancelled. dc1 keeps the active role.**', paused: { who: 'Ada', why: 'lunch' } }),
  );
  expect(ended).toContain('**Cancelled. dc1 keeps the active role.**');
  expect(ended).toContain('ended here');
  expect(ended).not.toMatch(/Paused|waits/);
  expect(blocks(ended)).toEqual([]);
});
