import { describe, expect, test } from 'vitest';
import {
  acceptReceipt,
  beginFreeze,
  beginThaw,
  finishFreeze,
  finishRelease,
  finishThaw,
  freezeExpired,
  handOver,
  issueReceipt,
  renewFreeze,
  shutOut,
} from '../../model/freeze.ts';
import { frozen, granted, NOW, order, readyB, receipt, SET, said, site, task } from './states.ts';

const OTHER = { app: { schedules: ['other'] } };
const frozenA = (facts = {}) => site('A', 'active', {}, { freeze: frozen, pending: SET, ...facts });

describe('a freeze', () => {
  test('journals what was enabled before its first change', () => {
    const { facts } = granted(beginFreeze(site('A', 'active'), order, SET, NOW));
    expect(facts).toMatchObject({ pending: SET, freeze: { claim: 4, phase: 'freezing', started: {} }, receipt: null });
  });

  test('adopts a set that is pending, whoever froze before, and reads anew after a completed thaw', () => {
    const held = site('A', 'active', {}, { pending: SET, pendingPoint: 'e3.s8' });
    const { facts } = granted(beginFreeze(held, order, OTHER, NOW));
    expect(facts.pending).toEqual(SET);
    expect(facts.pendingPoint).toBeUndefined();
    const more = { ...OTHER, second: { schedules: ['weekly'] } };
    expect(granted(beginFreeze(held, order, more, NOW)).facts.pending, 'of the others what was just read').toEqual({
      ...SET,
      second: more.second,
    });
    const thawed = granted(finishThaw(granted(beginThaw(frozenA(), order))));
    expect(granted(beginFreeze(thawed, order, OTHER, NOW)).facts.pending).toEqual(OTHER);
  });

  test('whose jobs still drain goes on: clients are out since they were shut out first, and its clock starts anew', () => {
    const shut = granted(shutOut(granted(beginFreeze(site('A', 'active'), order, SET, NOW)), order, NOW));
    const later = '2026-01-01T13:00:00.000Z';
    const again = granted(shutOut(granted(beginFreeze(shut, order, OTHER, later)), order, later));
    expect(again.facts.freeze).toMatchObject({ phase: 'freezing', closedAt: NOW, renewed: later });
    const thawed = granted(finishThaw(granted(beginThaw(again, order))));
    const anew = granted(shutOut(granted(beginFreeze(thawed, order, SET, later)), order, later));
    expect(anew.facts.freeze?.closedAt, 'it thawed itself meanwhile').toBe(later);
    expect(granted(beginFreeze(frozenA(), order, SET, later)).facts.freeze?.closedAt, 'back to the freeze').toBe(
      undefined,
    );
    expect(said(shutOut(thawed, order, later))).toBe('FreezeBroken');
  });

  test('voids the receipt of the former one', () => {
    expect(granted(beginFreeze(frozenA({ receipt }), order, OTHER, NOW)).facts.receipt).toBe(null);
  });

  test('holds an active or a promoting site, and no other', () => {
    expect(said(beginFreeze(site('B', 'promoting'), order, SET, NOW))).toBe('granted');
    for (const role of ['standby', 'demoting', 'outdated'] as const) {
      expect(said(beginFreeze(site('A', role), order, SET, NOW)), role).toBe('WrongRole');
      const late = site('A', role, {}, { freeze: frozen, pending: SET });
      expect(said(finishFreeze(late, order, { app: 't2' }, NOW)), role).toBe('WrongRole');
      expect(said(renewFreeze(late, order, NOW)), role).toBe('WrongRole');
      expect(said(issueReceipt(late, order, receipt)), role).toBe('WrongRole');
    }
  });

  test('is proved with the start time of the application, and only under the claim that began it', () => {
    const begun = granted(beginFreeze(site('A', 'active'), order, SET, NOW));
    expect(granted(finishFreeze(begun, order, { app: 't1' }, NOW)).facts.freeze).toEqual(frozen);
    expect(said(finishFreeze(site('A', 'active'), order, { app: 't1' }, NOW))).toBe('FreezeBroken');
    expect(said(finishFreeze(frozenA({ freeze: { ...frozen, claim: 2 } }), order, { app: 't1' }, NOW))).toBe(
      'FreezeBroken',
    );
  });

  test('that thaws is neither finished nor renewed', () => {
    const thawing = frozenA({ freeze: { ...frozen, phase: 'thawing' } });
    expect(said(finishFreeze(thawing, order, { app: 't1' }, NOW))).toBe('FreezeBroken');
    expect(said(renewFreeze(thawing, order, NOW))).toBe('FreezeBroken');
  });

  test('expires at an active site when nobody renewed it for the time given, and nowhere else', () => {
    const later = '2026-01-01T00:15:01Z';
    expect(freezeExpired(frozenA(), later, 900_000)).toBe(true);
    expect(freezeExpired(frozenA(), '2026-01-01T00:15:00Z', 900_000)).toBe(false);
    expect(freezeExpired(granted(renewFreeze(frozenA(), order, later)), later, 900_000)).toBe(false);
    expect(freezeExpired(site('A', 'demoting', {}, { freeze: frozen }), later, 900_000)).toBe(false);
    expect(freezeExpired(site('A', 'active'), later, 900_000)).toBe(false);
  });
});

describe('a receipt', () => {
  test('is issued while the site is frozen under this claim, with its start times and its pending set', () => {
    expect(granted(issueReceipt(frozenA(), order, receipt)).facts.receipt).toEqual(receipt);
    expect(said(issueReceipt(frozenA({ freeze: { ...frozen, phase: 'freezing' } }), order, receipt))).toBe(
      'FreezeBroken',
    );
    expect(said(issueReceipt(frozenA(), order, { ...receipt, started: { app: 't2' } }))).toBe('FreezeBroken');
    expect(said(issueReceipt(frozenA(), order, { ...receipt, enabled: OTHER }))).toBe('NoReceipt');
    expect(said(issueReceipt(frozenA(), order, { ...receipt, claim: 2 }))).toBe('NoReceipt');
    expect(said(issueReceipt(frozenA(), order, { ...receipt, operation: 'other' }))).toBe('NoReceipt');
  });

  test('is accepted by a standby that proved its very point: its set and its jobs are pending there, before the demote', () => {
    const job = { component: 'app', id: '1', title: 'x', request: {} };
    const target = readyB({}, { pending: null, receipt: null });
    const { facts } = granted(acceptReceipt(target, order, { ...receipt, givenUp: [job] }));
    expect(facts).toMatchObject({ pending: SET, pendingPoint: 'e3.s8', givenUp: [job] });
    for (const content of [
      { point: 'e3.s7', state: 'proven' },
      { point: 'e3.s8', state: 'restored' },
      { point: 'e3.s8', state: 'writing' },
    ] as const)
      expect(said(acceptReceipt(readyB({ content }), order, receipt))).toBe('NotProven');
    expect(said(acceptReceipt(readyB({}, { tasks: [task] }), order, receipt))).toBe('NotProven');
    expect(said(acceptReceipt(site('B', 'active'), order, receipt))).toBe('NotProven');
    expect(said(acceptReceipt(readyB(), order, { ...receipt, claim: 2 }))).toBe('NoReceipt');
  });

  test('proves the own content of a standby too: back after the point of no return moves nothing', () => {
    const own = readyB({ content: { point: 'e2.s1', state: 'own' } }, { pending: OTHER });
    const { record, facts } = granted(acceptReceipt(own, order, receipt));
    expect(record.content).toEqual({ point: 'e3.s8', state: 'proven' });
    expect(facts.pending).toEqual(SET);
  });
});

describe('a thaw', () => {
  test('voids the receipt before its first effect, and ends freeze and pending set with the last', () => {
    const begun = granted(beginThaw(frozenA({ receipt }), order));
    expect(begun.facts).toMatchObject({ receipt: null, pending: SET, freeze: { phase: 'thawing' } });
    expect(granted(finishThaw(begun)).facts).toMatchObject({ pending: null, freeze: null });
  });

  test('is done by the site itself without an order; by a run only under its claim', () => {
    expect(said(beginThaw(frozenA()))).toBe('granted');
    expect(said(beginThaw(frozenA(), { ...order, claim: 2 }))).toBe('StaleClaim');
  });

  test('happens only at an active site', () => {
    for (const role of ['demoting', 'standby', 'promoting', 'outdated'] as const) {
      expect(said(beginThaw(site('A', role, {}, { freeze: frozen }))), role).toBe('WrongRole');
      expect(said(finishThaw(site('A', role, {}, { freeze: { ...frozen, phase: 'thawing' } }))), role).toBe(
        'WrongRole',
      );
    }
  });

  test('does not end a freeze that began meanwhile', () => {
    expect(said(finishThaw(frozenA()))).toBe('FreezeBroken');
  });

  test('without a freeze changes nothing: a set that is pending then came with a promotion and is released', () => {
    const held = site('B', 'active', {}, { pending: SET });
    expect(beginThaw(held, order)).toBe(held);
    expect(finishThaw(held)).toBe(held);
  });
});

describe('a release', () => {
  test('ends the pending set of an active site under the claim', () => {
    const { facts } = granted(finishRelease(site('B', 'active', {}, { pending: SET, receipt }), order));
    expect(facts).toMatchObject({ pending: null, receipt: null });
    expect(said(finishRelease(site('B', 'promoting', {}, { pending: SET }), order))).toBe('WrongRole');
    expect(said(finishRelease(site('B', 'active', {}, { pending: SET }), { ...order, claim: 2 }))).toBe('StaleClaim');
  });

  test('leaves pending what could not be released, and nothing else', () => {
    const pending = { ...SET, second: { schedules: ['weekly'] } };
    const { facts } = granted(finishRelease(site('B', 'active', {}, { pending }), order, ['second']));
    expect(facts.pending).toEqual({ second: pending.second });
  });

  test('is no thaw: a frozen site, whose front door is closed, is refused', () => {
    expect(said(finishRelease(frozenA(), order))).toBe('FreezeBroken');
  });
});

describe('the former source', () => {
  const demoted = (record = {}) =>
    site(
      'A',
      'standby',
      { epoch: 4, content: { point: 'e3.s8', state: 'own' }, ...record },
      { pending: SET, freeze: frozen, receipt },
    );

  test('hands over what was pending once it heard that its peer took the role', () => {
    const { record, facts } = granted(handOver(demoted(), order, { role: 'active', epoch: 4, number: 4 }));
    expect(facts).toMatchObject({ pending: null, freeze: null, receipt: null });
    expect(record.peer).toEqual({ role: 'active', epoch: 4, number: 4 });
    expect(said(handOver(demoted({ peer: { role: 'promoting', epoch: 4, number: 4 } }), order))).toBe('granted');
  });

  test('keeps it as long as the role may come back to it', () => {
    expect(said(handOver(demoted(), order))).toBe('NoPermission');
    expect(said(handOver(demoted(), order, { role: 'standby', epoch: 3, number: 4 }))).toBe('NoPermission');
    expect(said(handOver(demoted(), order, { role: 'active', epoch: 2, number: 2 }))).toBe('NoPermission');
    expect(said(handOver(site('A', 'active'), order, { role: 'active', epoch: 2, number: 2 }))).toBe('WrongRole');
  });
});
