import { describe, expect, test } from 'vitest';
import {
  type ClaimRequest,
  checkOrder,
  checkRound,
  closeClaim,
  grantClaim,
  NO_LEFTOVERS,
  nextClaimNumber,
} from '../../model/claims.ts';
import { outcomeKey } from '../../model/facts.ts';
import { claim, granted, order, said, site, task } from './states.ts';

const closed = { ...claim, number: 3, operation: 'sync/p/old', kind: 'sync', closed: true } as const;
const request: ClaimRequest = { number: 4, operation: order.operation, kind: 'failover', towards: 2 };
const heldBy = (kind: typeof claim.kind) =>
  site('A', 'active', { claim: { ...claim, number: 3, operation: 'other', kind } }, { seen: 3 });

describe('the next claim number', () => {
  test('is above every number seen and has the parity of the site it works towards', () => {
    expect(nextClaimNumber([1, 7, 4], 2)).toBe(8);
    expect(nextClaimNumber([1, 7, 4], 1)).toBe(9);
    expect(nextClaimNumber([], 1)).toBe(1);
    expect(nextClaimNumber([], 2)).toBe(2);
  });

  test('never coincides for runs that work towards different sites, whatever each has seen', () => {
    for (let a = 0; a < 9; a++)
      for (let b = 0; b < 9; b++) expect(nextClaimNumber([a], 1)).not.toBe(nextClaimNumber([b], 2));
  });
});

describe('a site grants a claim', () => {
  test('that is above all it granted before, when the former one is closed', () => {
    const { record, facts } = granted(
      grantClaim(site('A', 'active', { claim: closed }, { seen: 3 }), request, NO_LEFTOVERS),
    );
    expect(record.claim).toEqual({ number: 4, operation: order.operation, kind: 'failover', closed: false });
    expect(facts.seen).toBe(4);
  });

  test('once: the same number from the same operation returns the recorded grant, closed or not', () => {
    const held = site('A', 'active');
    expect(grantClaim(held, request, { processes: 3, applicationTasks: 1 })).toBe(held);
    const ended = site('A', 'active', { claim: { ...claim, closed: true } });
    expect(grantClaim(ended, request, NO_LEFTOVERS)).toBe(ended);
  });

  test('never one whose number it has seen, in the record or in the journal', () => {
    const journal = site('A', 'active', { claim: closed }, { seen: 6 });
    expect(said(grantClaim(journal, request, NO_LEFTOVERS))).toBe('NumberTooLow');
    const equal = site('A', 'active', { claim: { ...claim, operation: 'other', closed: true } }, { seen: 0 });
    expect(said(grantClaim(equal, request, NO_LEFTOVERS))).toBe('NumberTooLow');
  });

  test('never one of the wrong parity', () => {
    expect(
      said(grantClaim(site('A', 'active', { claim: closed }, { seen: 3 }), { ...request, towards: 1 }, NO_LEFTOVERS)),
    ).toBe('WrongParity');
  });

  test('over a sync or drill to a failover or reprotect, and not the other way round', () => {
    for (const former of ['sync', 'drill'] as const) {
      for (const kind of ['failover', 'give-back', 'reprotect'] as const)
        expect(said(grantClaim(heldBy(former), { ...request, kind }, NO_LEFTOVERS)), `${former} ${kind}`).toBe(
          'granted',
        );
      for (const kind of ['sync', 'drill'] as const)
        expect(said(grantClaim(heldBy(former), { ...request, kind }, NO_LEFTOVERS)), `${former} ${kind}`).toBe('Busy');
    }
    for (const former of ['failover', 'give-back', 'reprotect'] as const)
      for (const kind of ['sync', 'drill', 'failover', 'give-back', 'reprotect'] as const)
        expect(said(grantClaim(heldBy(former), { ...request, kind }, NO_LEFTOVERS)), `${former} ${kind}`).toBe('Busy');
  });

  test('to the next sync when the run that holds a sync is gone, without a person', () => {
    expect(said(grantClaim(heldBy('sync'), { ...request, kind: 'sync', holderGone: true }, NO_LEFTOVERS))).toBe(
      'granted',
    );
    expect(said(grantClaim(heldBy('failover'), { ...request, kind: 'sync', holderGone: true }, NO_LEFTOVERS))).toBe(
      'Busy',
    );
  });

  test('to a named person who takes it over, and keeps who and why', () => {
    const takeover = { who: 'Ada', why: 'the run was terminated' };
    expect(
      granted(grantClaim(heldBy('failover'), { ...request, takeover }, NO_LEFTOVERS)).record.claim.takenOver,
    ).toEqual(takeover);
    const free = site('A', 'active', { claim: closed }, { seen: 3 });
    expect(granted(grantClaim(free, { ...request, takeover }, NO_LEFTOVERS)).record.claim.takenOver).toBeUndefined();
  });

  test('to the same operation anew: to give back, to go on without the source', () => {
    const state = site('B', 'standby');
    const next = { ...request, number: 5, kind: 'give-back', towards: 1 } as const;
    expect(said(grantClaim(state, next, NO_LEFTOVERS))).toBe('granted');
  });

  test('only when nothing of the former one may still run here', () => {
    const free = (tasks: readonly (typeof task)[] = []) => site('B', 'standby', { claim: closed }, { seen: 3, tasks });
    expect(said(grantClaim(free(), request, { processes: 1, applicationTasks: 0 }))).toBe('TasksRunning');
    expect(said(grantClaim(free(), request, { processes: 0, applicationTasks: 1 }))).toBe('TasksRunning');
    expect(said(grantClaim(free([task]), request, NO_LEFTOVERS))).toBe('TasksRunning');
    expect(said(grantClaim(free([task]), { ...request, takeover: { who: 'Ada', why: 'hurry' } }, NO_LEFTOVERS))).toBe(
      'TasksRunning',
    );
  });
});

describe('a command', () => {
  const { record } = site('A', 'active');

  test('is carried out only under the granted, open claim of its own operation', () => {
    expect(said(checkOrder(record, order))).toBe('granted');
    expect(said(checkOrder(record, { ...order, claim: 3 }))).toBe('StaleClaim');
    expect(said(checkOrder(record, { ...order, claim: 6 }))).toBe('StaleClaim');
    expect(said(checkOrder(record, { ...order, operation: 'failover/p/other' }))).toBe('StaleClaim');
    expect(said(checkOrder({ ...record, claim: { ...claim, closed: true } }, order))).toBe('StaleClaim');
  });

  test('of a round that a later one of the same step has overtaken is refused', () => {
    const outcomes = {
      [outcomeKey({ ...order, round: 2 })]: null,
      [outcomeKey({ ...order, step: 'other', round: 9 })]: null,
    };
    const { facts } = site('A', 'active', {}, { outcomes });
    expect(said(checkRound(facts, order))).toBe('StaleClaim');
    expect(said(checkRound(facts, { ...order, round: 2 }))).toBe('granted');
    expect(said(checkRound(facts, { ...order, round: 3 }))).toBe('granted');
    expect(said(checkRound(facts, { ...order, claim: 6 }))).toBe('granted');
  });
});

describe('a claim is closed', () => {
  test('by its own operation, once, and stays the newest', () => {
    const state = granted(closeClaim(site('A', 'active'), order));
    expect(state.record.claim).toEqual({ ...claim, closed: true });
    expect(closeClaim(state, order)).toBe(state);
  });

  test('by nobody else', () => {
    expect(said(closeClaim(site('A', 'active'), { ...order, claim: 2 }))).toBe('StaleClaim');
    expect(said(closeClaim(site('A', 'active'), { ...order, operation: 'other' }))).toBe('StaleClaim');
  });
});
