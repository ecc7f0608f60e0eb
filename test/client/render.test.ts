import { describe, expect, test } from 'vitest';
import { exitOf as failoverExit } from '../../client/commands/failover.ts';
import { exitOf as pointsExit } from '../../client/commands/points.ts';
import { exitOf as syncExit } from '../../client/commands/sync.ts';
import { chooseAsk, type OpenAsk } from '../../client/open-asks.ts';
import { UserProblem } from '../../client/problem.ts';
import { answerCommand, commandsIn } from '../../client/render/ask.ts';
import { renderFindings, sortFindings } from '../../client/render/findings.ts';
import { renderPair } from '../../client/render/pair.ts';
import { renderPoints } from '../../client/render/points.ts';
import { stepLine } from '../../client/render/steps.ts';
import { PLAIN, styleFor, width } from '../../client/render/style.ts';
import { table } from '../../client/render/table.ts';
import { bytes, time } from '../../client/render/units.ts';
import { reportError } from '../../client/report-error.ts';
import type { Ask } from '../../model/asks.ts';
import type { PairStatus } from '../../model/status.ts';
import { fakeTerminal } from './fake-terminal.ts';

const ask = (id: string): Ask => ({
  id,
  step: 'cutover',
  title: 'Promote dc2?',
  choices: ['approve', 'reject', 'give-back'],
  facts: ['nothing is lost'],
  openedAt: '2026-11-24T03:00:00Z',
});
const open = (id: string, run = 'failover/orders/2026'): OpenAsk => ({
  run,
  ask: ask(id),
  status: { kind: 'failover', pair: 'orders', steps: [] },
});
const problem = (call: () => unknown): UserProblem => {
  try {
    call();
  } catch (error) {
    return error as UserProblem;
  }
  throw new Error('nothing was thrown');
};

describe('which ask is meant', () => {
  test('the only one', () => expect(chooseAsk([open('cutover-1')], undefined).ask.id).toBe('cutover-1'));
  test('the named one', () => expect(chooseAsk([open('a-1'), open('b-2')], 'b-2').ask.id).toBe('b-2'));
  test('of several without a name: none, and they are listed', () => {
    const { exitCode, todo } = problem(() => chooseAsk([open('a-1'), open('b-2')], undefined));
    expect(exitCode).toBe(2);
    expect(todo.join()).toMatch(/a-1.*b-2/);
  });
  test('a lapsed one is refused', () => expect(problem(() => chooseAsk([open('a-1')], 'old')).exitCode).toBe(3));
});

test('the command that answers is the verb of the choice, with the configuration where it is not the default', () => {
  expect(answerCommand(ask('c-1'), 'approve', {})).toBe('understudy approve --ask c-1 --why "…"');
  expect(answerCommand(ask('c-1'), 'give-back', { config: 'my pair.yaml' })).toBe(
    'understudy answer give-back --ask c-1 --why "…" --config "my pair.yaml"',
  );
});

test.each([
  ['run understudy setup, and understudy setup again.', 'run understudy setup -C, and understudy setup -C again.'],
  ['start it: understudy worker --part site:dc2', 'start it: understudy worker --part site:dc2 -C'],
  ['or run "understudy check --local"', 'or run "understudy check --local -C"'],
  ['understudy worker --part site:dc2 --config mine.yaml', 'understudy worker --part site:dc2 -C'],
  ['Understudy protects; understudy updates nothing', 'Understudy protects; understudy updates nothing'],
])('a command within a sentence gets the configuration, once: %s', (text, right) => {
  expect(commandsIn(text, { config: 'mine.yaml' })).toBe(right.replaceAll('-C', '--config mine.yaml'));
  expect(commandsIn(text, {})).toBe(text);
});

describe('how results end the program', () => {
  test.each([
    ['synced', 0],
    ['busy', 5],
    ['paused', 3],
    ['nothing-to-do', 3],
  ] as const)('sync: %s is %i', (outcome, code) => expect(syncExit({ outcome })).toBe(code));
  test.each([
    ['committed', 0],
    ['already-there', 0],
    ['rejected', 3],
    ['given-back', 3],
    ['aborted', 3],
  ] as const)('failover: %s is %i', (outcome, code) => expect(failoverExit({ outcome } as never)).toBe(code));
});

test.each([
  [[undefined, 'no answer'], ['dc2'], 0],
  [['no such bucket', 'no such bucket'], [], 1],
  [['no such bucket', 'no answer'], ['dc2'], 6],
] as const)('points: with the problems %j, and no worker at %j, is %i', (problems, absent, code) => {
  const vaults = problems.map((problem) => ({ site: 'dc1', points: [], ...(problem ? { problem } : {}) }));
  expect(pointsExit(vaults, absent)).toBe(code);
});

describe('errors', () => {
  const secret = new Error('boom');
  test('an unforeseen one is told by its message; its stack only with UNDERSTUDY_DEBUG=1', () => {
    const quiet = fakeTerminal();
    expect(reportError(secret, quiet, false, {})).toBe(1);
    expect(quiet.stderr.join('\n')).toBe('error: boom\n  More with UNDERSTUDY_DEBUG=1.');
    const loud = fakeTerminal();
    reportError(secret, loud, false, { UNDERSTUDY_DEBUG: '1' });
    expect(loud.stderr.join('\n')).toMatch(/Error: boom\n +at /);
  });
  test('as JSON they are one document with the exit code', () => {
    const terminal = fakeTerminal();
    reportError(new UserProblem(6, 'no answer', ['do this']), terminal, true, {});
    expect(JSON.parse(terminal.stdout.join())).toEqual({
      error: { exitCode: 6, message: 'no answer', todo: ['do this'] },
    });
  });
});

describe('the status screen', () => {
  const now = Date.parse('2026-11-24T04:00:00Z');
  const status: PairStatus = {
    pair: 'orders',
    state: 'PROTECTED',
    active: 'dc1',
    runs: [{ id: 'sync/orders-2026', kind: 'sync', step: 'restore' }],
    lastSync: { point: 'e1.s7', at: '2026-11-24T03:50:00Z' },
    sites: [],
    clients: 'lead to dc1',
    observedAt: '2026-11-24T03:59:55Z',
  };
  const at = (rpo: number) =>
    renderPair(styleFor(true), { status, source: 'pair', runs: [], targets: { rpo } }, now, {});

  test('the recovery point age is green below half the target, yellow up to it, red beyond', () => {
    expect(at(3_600_000)).toContain('\u001b[32m10 min 0 s');
    expect(at(900_000)).toContain('\u001b[33m10 min 0 s');
    expect(at(300_000)).toContain('\u001b[31m10 min 0 s');
  });
  test('who paused and why is told as long as it lasts, and why the last signal was not taken', () => {
    const view = {
      status: {
        ...status,
        state: 'PAUSED',
        paused: { who: 'Ada', why: 'migration' },
        refused: 'pause: "why" is missing',
      },
      source: 'pair',
      runs: [{ id: 'sync/orders', status: { kind: 'sync', pair: 'orders', steps: [], refused: 'answer: no "ask"' } }],
      targets: { rpo: 1 },
    } as const;
    expect(renderPair(PLAIN, view, now, {})).toMatch(
      /State +PAUSED\n +Paused +by Ada: migration\n +Not taken +the last signal: pause: "why" is missing[\s\S]*sync\/orders .*\n +the last signal: answer: no "ask"/,
    );
  });
  test('a run that only the pair knows of is listed too', () => expect(at(1)).toContain('sync/orders-2026  restore'));
  test('no point and no active site are red', () => {
    const view = {
      status: { ...status, lastSync: null, active: null },
      source: 'pair',
      runs: [],
      targets: { rpo: 1 },
    } as const;
    expect(renderPair(PLAIN, view, now, {})).toMatch(/Active +none[\s\S]*no recovery point yet/);
  });
});

test('a step tells mark, title, state, how long it took, and what came out', () => {
  const step = {
    id: 'demote',
    title: 'Demote dc1',
    state: 'done',
    note: 'confirmed',
    startedAt: '2026-11-24T03:00:00Z',
    endedAt: '2026-11-24T03:00:02Z',
  } as const;
  expect(stepLine(PLAIN, step, 0)).toMatch(/^✔ Demote dc1 +done +2 s {2}confirmed$/);
  expect(stepLine(PLAIN, { id: 'x', title: 'Promote', state: 'waiting' }, 0)).toMatch(/^· Promote +waiting$/);
});

test('columns are aligned by what is seen, not by what colours take', () => {
  const style = styleFor(true);
  const rows = table(
    style,
    ['A', 'B'],
    [
      [style.red('no'), 'x'],
      ['yes', 'y'],
    ],
  ).split('\n');
  expect(rows.map(width)).toEqual(['A    B', 'no   x', 'yes  y'].map((line) => line.length));
});

test('points: newest first by epoch and sequence, not by clock; a lost timeline is marked', () => {
  const point = (id: string, startedAt: string, lostTimeline = false) =>
    ({ id, startedAt, lostTimeline, site: 'dc1', bytes: 1_500, state: 'proven', purpose: 'sync' }) as never;
  const text = renderPoints(PLAIN, [
    { site: 'dc1', points: [point('e1.s2', '2026-11-24T09:00:00Z', true), point('e2.s1', '2026-11-24T01:00:00Z')] },
  ]);
  expect(text).toMatch(/e2\.s1 .*1\.5 kB[\s\S]*e1\.s2 .*lost timeline/);
});

test('findings: errors first', () => {
  const level = (each: string) => ({ level: each, topic: 't', says: 's' }) as never;
  expect(sortFindings(['ok', 'note', 'error', 'warning'].map(level)).map((each) => each.level)).toEqual([
    'error',
    'warning',
    'note',
    'ok',
  ]);
});

test('what two saw alike is told once, and so is what to do', () => {
  const missing = {
    level: 'error',
    topic: 'vault',
    site: 'dc1',
    says: 'DC1_PASSWORD is not set',
    todo: 'set it',
  } as const;
  const text = renderFindings(PLAIN, [
    missing,
    missing,
    { ...missing, says: 'seen from dc2: DC1_PASSWORD is not set' },
  ]);
  expect(text.match(/DC1_PASSWORD/g)).toHaveLength(2);
  expect(text.match(/set it/g)).toHaveLength(1);
  expect(text).toContain('2 errors');
});

test('units', () => {
  expect([0, 999, 1_000, 2_500_000_000].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '2.5 GB']);
  expect(time('2026-11-24T03:00:12.5+02:00')).toBe('2026-11-24 01:00:12Z');
  expect(time('never')).toBe('never');
});
