import { describe, expect, test } from 'vitest';
import type { SiteRecord } from '../../model/record.ts';
import { isRefusal } from '../../model/refusal.ts';
import {
  adoptRecord,
  type LostRecord,
  outdatedRecord,
  reprotectSite,
  type SetupRequest,
  setupRecord,
} from '../../model/setup.ts';
import { claim, frozen, granted, order, SET, said, site, task, verdictOn } from './states.ts';

const A = { app: 'machine of A' };
const B = { app: 'machine of B' };
const standbyFirst: SetupRequest = {
  pair: 'p',
  site: 'B',
  ordinal: 2,
  setup: 'first',
  role: 'standby',
  identity: B,
  existing: null,
  peer: null,
  peerIdentity: A,
};
const made = (request: SetupRequest): SiteRecord => {
  const record = setupRecord(request);
  if (isRefusal(record)) throw new Error(record.why);
  return record;
};
const standby = made(standbyFirst);
const thenActive: SetupRequest = {
  ...standbyFirst,
  site: 'A',
  ordinal: 1,
  role: 'active',
  identity: A,
  peer: standby,
  peerIdentity: B,
};

describe('the first start', () => {
  test("makes the standby's record first, then the active's, both with the closed claim of the active's ordinal", () => {
    const active = made(thenActive);
    const first = { number: 1, operation: 'setup/first', kind: 'setup', closed: true };
    expect(standby).toMatchObject({ role: 'standby', epoch: 1, claim: first, content: { point: null, state: 'none' } });
    expect(active).toMatchObject({
      role: 'active',
      epoch: 1,
      claim: first,
      permission: { by: 'setup', setup: 'first' },
    });
    expect(standby.permission).toBeUndefined();
    expect(active.content).toBeUndefined();
  });

  test('gives both claim and epoch 2 where the second site is the active one', () => {
    const first = made({ ...standbyFirst, site: 'A', ordinal: 1, identity: A, peerIdentity: B });
    const active = made({ ...thenActive, site: 'B', ordinal: 2, identity: B, peer: first, peerIdentity: A });
    expect([first.epoch, first.claim.number, active.epoch, active.claim.number]).toEqual([2, 2, 2, 2]);
  });

  test('repeated with its id completes, with another id is refused', () => {
    expect(setupRecord({ ...standbyFirst, existing: standby })).toBe(standby);
    expect(said(setupRecord({ ...standbyFirst, existing: standby, setup: 'second' }))).toBe('OtherSetup');
    expect(said(setupRecord({ ...thenActive, setup: 'second' }))).toBe('OtherSetup');
    expect(said(setupRecord({ ...standbyFirst, existing: { ...standby, pair: 'q' } }))).toBe('OtherSetup');
  });

  test('leaves a record that has lived since as it is', () => {
    const lived = site('A', 'outdated', { setup: 'first' }).record;
    expect(setupRecord({ ...thenActive, existing: lived })).toBe(lived);
  });

  test("does not make the active's record before the standby's, nor beside a peer that is anything but the new standby", () => {
    expect(said(setupRecord({ ...thenActive, peer: null }))).toBe('NoPermission');
    for (const peer of [
      { ...standby, role: 'active' as const },
      { ...standby, epoch: 4 },
      { ...standby, claim: { ...claim, number: 7 } },
      { ...standby, ordinal: 1 as const },
    ])
      expect(said(setupRecord({ ...thenActive, peer }))).toBe('Contradiction');
  });

  test('does not take a lost record of the standby for a first start', () => {
    expect(said(setupRecord({ ...standbyFirst, peer: made(thenActive) }))).toBe('Contradiction');
  });

  test('makes nothing where the facts contradict it', () => {
    expect(said(setupRecord({ ...standbyFirst, peerIdentity: B }))).toBe('Contradiction');
    expect(said(setupRecord({ ...standbyFirst, peerIdentity: {} }))).toBe('Contradiction');
    expect(said(setupRecord({ ...standbyFirst, atClientsAddress: ['app'] }))).toBe('Contradiction');
    expect(said(setupRecord({ ...standbyFirst, evidenceAgainst: 'B ran jobs today and A did not' }))).toBe(
      'Contradiction',
    );
  });
});

const lost = (peer: SiteRecord, more: Partial<LostRecord> = {}): LostRecord => ({
  pair: 'p',
  site: 'A',
  ordinal: 1,
  setup: 'first',
  identity: A,
  confirmed: { who: 'Ada', why: 'serial number checked' },
  order: { ...order, claim: 5 },
  peer: { ...peer, claim: { ...claim, number: 5 } },
  ...more,
});

describe('a lost record', () => {
  const knows = (epoch: number) =>
    site('B', 'standby', {
      epoch: 3,
      content: { point: 'e3.s8', state: 'proven' },
      peer: { role: 'active', epoch, number: epoch },
    }).record;

  test('is adopted by a person where the standby peer knows this site as active; the role is taken anew', () => {
    const record = adoptRecord(lost(knows(3)));
    expect(record).toMatchObject({
      role: 'active',
      epoch: 5,
      claim: { number: 5, closed: false },
      permission: { by: 'peer' },
      sequence: 0,
    });
  });

  test('is not adopted where the peer knows this site otherwise, or only from before it gave the role up itself', () => {
    expect(said(adoptRecord(lost(knows(2))))).toBe('NoPermission');
    expect(said(adoptRecord(lost({ ...knows(3), peer: { role: 'standby', epoch: 3, number: 3 } })))).toBe(
      'NoPermission',
    );
    expect(said(adoptRecord(lost(site('B', 'active').record)))).toBe('NoPermission');
  });

  test('is made anew as outdated where the peer is active: every older claim is refused from then on', () => {
    const record = outdatedRecord(lost(site('B', 'active').record));
    expect(record).toMatchObject({
      role: 'outdated',
      epoch: 0,
      claim: { number: 5, kind: 'reprotect', closed: false },
    });
    expect(said(outdatedRecord(lost(knows(3))))).toBe('NoPermission');
  });

  test('is made anew only under the claim that the peer granted, and when a named person says that it is this installation', () => {
    for (const make of [adoptRecord, outdatedRecord]) {
      const peer = make === adoptRecord ? knows(3) : site('B', 'active').record;
      expect(said(make(lost(peer, { order })))).toBe('StaleClaim');
      expect(said(make(lost(peer, { confirmed: { who: ' ', why: 'x' } })))).toBe('NoPermission');
      expect(said(make(lost(peer, { pair: 'q' })))).toBe('Contradiction');
      expect(said(make(lost(peer, { ordinal: 2 })))).toBe('Contradiction');
    }
    const even = { order, peer: { ...knows(3), claim } };
    expect(said(adoptRecord(lost(knows(3), even)))).toBe('WrongParity');
  });
});

describe('reprotect: outdated → standby', () => {
  const outdated = site('A', 'outdated', {}, { pending: SET, freeze: frozen });
  const ground = {
    verdict: verdictOn('A'),
    inventoryExported: true,
    quarantined: 'e1.s9',
    approved: { who: 'Ada', why: 'seen' },
  };

  test('with the fence read back, the inventory exported, what it held quarantined, and an approval', () => {
    const { record, facts } = granted(reprotectSite(outdated, order, ground));
    expect(record).toMatchObject({ role: 'standby', epoch: 3, content: { point: null, state: 'none' } });
    expect(facts).toMatchObject({ pending: null, freeze: null, receipt: null, fenced: ground.verdict });
  });

  test('not without any of them', () => {
    expect(said(reprotectSite(outdated, order, { ...ground, verdict: verdictOn('B') }))).toBe('NoPermission');
    expect(said(reprotectSite(outdated, order, { ...ground, verdict: verdictOn('A', { claim: 2 }) }))).toBe(
      'NoPermission',
    );
    expect(said(reprotectSite(outdated, order, { ...ground, inventoryExported: false }))).toBe('NotProven');
    expect(said(reprotectSite(outdated, order, { ...ground, quarantined: null }))).toBe('NotProven');
    expect(said(reprotectSite(outdated, order, { ...ground, quarantined: 'nothing' }))).toBe('granted');
    expect(said(reprotectSite(outdated, order, { ...ground, approved: null }))).toBe('NoPermission');
    expect(said(reprotectSite(site('A', 'outdated', {}, { tasks: [task] }), order, ground))).toBe('TasksRunning');
  });

  test('never an acting site, nor a standby that holds something; again, it changes nothing', () => {
    for (const role of ['active', 'demoting', 'promoting', 'standby'] as const)
      expect(
        said(reprotectSite(site('A', role, { content: { point: 'e3.s8', state: 'own' } }), order, ground)),
        role,
      ).toBe('WrongRole');
    const done = granted(reprotectSite(outdated, order, ground));
    expect(reprotectSite(done, order, ground)).toBe(done);
  });
});
