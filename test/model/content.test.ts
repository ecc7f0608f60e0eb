import { describe, expect, test } from 'vitest';
import {
  beginBackup,
  beginWriting,
  endTask,
  finishWriting,
  intendTask,
  proveContent,
  stopTasks,
} from '../../model/content.ts';
import type { Content, Role } from '../../model/record.ts';
import { frozen, granted, order, readyB, said, site, task } from './states.ts';

const POINT = 'e3.s8';
const writing = { point: POINT, state: 'writing' } as const;
const ACTING: readonly Role[] = ['active', 'demoting', 'promoting'];

describe('a restore', () => {
  test('begins at a standby with an intact point: the content is `writing` before the first byte', () => {
    const state = granted(beginWriting(readyB(), order, 'e3.s9', true));
    expect(state.record.content).toEqual({ point: 'e3.s9', state: 'writing' });
  });

  test('ends what came with the former content: the pending set, the receipt, jobs to run again', () => {
    const job = { component: 'app', id: '1', title: 'x', request: {} };
    const { facts } = granted(beginWriting(readyB({}, { givenUp: [job], freeze: frozen }), order, 'e3.s9', true));
    expect(facts).toMatchObject({ pending: null, receipt: null, freeze: null, givenUp: [] });
    expect(facts.pendingPoint).toBeUndefined();
  });

  test('never begins at an acting or outdated site, of a point that is not intact, or beside another one', () => {
    for (const role of [...ACTING, 'outdated'] as const)
      expect(said(beginWriting(site('B', role), order, POINT, true)), role).toBe('WrongRole');
    expect(said(beginWriting(readyB(), order, POINT, false))).toBe('NotProven');
    expect(said(beginWriting(readyB({}, { tasks: [task] }), order, POINT, true))).toBe('TasksRunning');
    expect(said(beginWriting(readyB(), { ...order, claim: 2 }, POINT, true))).toBe('StaleClaim');
  });

  test('is journaled before it is posted, only at a standby that is being written with its point', () => {
    const state = site('B', 'standby', { content: writing });
    expect(granted(intendTask(state, order, task)).facts.tasks).toEqual([task]);
    expect(said(intendTask(state, order, { ...task, point: 'e3.s7' }))).toBe('WrongRole');
    expect(said(intendTask(readyB(), order, task))).toBe('WrongRole');
    for (const role of ACTING) expect(said(intendTask(site('B', role), order, task)), role).toBe('WrongRole');
  });

  test('journaled again under its name is one intent, not two', () => {
    const once = granted(intendTask(site('B', 'standby', { content: writing }), order, task));
    expect(granted(intendTask(once, order, task)).facts.tasks).toEqual([task]);
  });

  test('is over when nothing of it runs on; then, and only then, its content may be proven', () => {
    const running = site('B', 'standby', { content: writing }, { tasks: [task] });
    expect(said(finishWriting(running, order, POINT))).toBe('TasksRunning');
    const restored = granted(finishWriting(endTask(running, task.name), order, POINT));
    expect(restored.record.content).toEqual({ point: POINT, state: 'restored' });
    expect(finishWriting(restored, order, POINT)).toBe(restored);
    expect(granted(proveContent(restored, order, POINT)).record.content).toEqual({ point: POINT, state: 'proven' });
  });

  test('of one point does not finish or prove another', () => {
    const state = site('B', 'standby', { content: writing });
    expect(said(finishWriting(state, order, 'e3.s7'))).toBe('WrongRole');
    expect(said(proveContent(state, order, POINT))).toBe('NotProven');
    for (const content of [
      { point: POINT, state: 'own' },
      { point: null, state: 'none' },
    ] as const satisfies readonly Content[]) {
      expect(said(finishWriting(readyB({ content }), order, POINT)), content.state).toBe('WrongRole');
      expect(said(proveContent(readyB({ content }), order, POINT)), content.state).toBe('NotProven');
    }
  });
});

describe("the application's own tasks", () => {
  test('that were seen to end leave the journal one by one', () => {
    const state = site('B', 'standby', { content: writing }, { tasks: [task, { ...task, name: 'u-2' }] });
    expect(endTask(state, 'u-1').facts.tasks.map(({ name }) => name)).toEqual(['u-2']);
    expect(endTask(state, 'u-9')).toBe(state);
  });

  test('are dead once the core was stopped, and the content counts as half written, proven or not', () => {
    const { record, facts } = granted(stopTasks(readyB({}, { tasks: [task] })));
    expect(record.content).toEqual(writing);
    expect(facts.tasks).toEqual([]);
  });

  test('are never ended by stopping the core of an acting site', () => {
    for (const role of ACTING) expect(said(stopTasks(site('A', role, {}, { tasks: [task] }))), role).toBe('WrongRole');
  });
});

describe('a backup', () => {
  test('is taken at an active site and raises the sequence first', () => {
    expect(granted(beginBackup(site('A', 'active', { sequence: 7 }), order)).record.sequence).toBe(8);
  });

  test('is refused at any other, except the final one of a promoting site that is frozen under this claim', () => {
    for (const role of ['standby', 'demoting', 'promoting', 'outdated'] as const)
      expect(said(beginBackup(site('B', role), order)), role).toBe('WrongRole');
    expect(said(beginBackup(site('B', 'promoting', {}, { freeze: frozen }), order))).toBe('granted');
    expect(said(beginBackup(site('B', 'promoting', {}, { freeze: { ...frozen, claim: 2 } }), order))).toBe('WrongRole');
  });
});
