import { describe, expect, test } from 'vitest';
import type { Role } from '../../model/record.ts';
import {
  beginDemotion,
  beginPromotion,
  finishDemotion,
  finishPromotion,
  inherit,
  learnOfPeer,
  mayStart,
} from '../../model/roles.ts';
import {
  claim,
  demotedA,
  frozen,
  granted,
  order,
  readyB,
  receipt,
  SET,
  said,
  site,
  task,
  unchanged,
  verdictOn,
} from './states.ts';

const ROLES: readonly Role[] = ['active', 'demoting', 'standby', 'promoting', 'outdated'];
const frozenA = (facts = {}) =>
  site(
    'A',
    'active',
    { permission: { by: 'setup', setup: 'first' } },
    { freeze: frozen, receipt, pending: SET, ...facts },
  );
const ground = { peer: demotedA, peerSite: 'A', applicationTasks: 0 };

describe('active → demoting', () => {
  test('with a valid receipt of this claim and one unbroken freeze; the epoch is the claim, the permission is gone', () => {
    const { record } = granted(beginDemotion(frozenA(), order, unchanged));
    expect(record).toMatchObject({ role: 'demoting', epoch: 4 });
    expect(record.permission).toBeUndefined();
  });

  test('a promoting site too: back after the point of no return', () => {
    const state = site('B', 'promoting', {}, { freeze: frozen, receipt });
    expect(granted(beginDemotion(state, order, unchanged)).record.role).toBe('demoting');
  });

  test('not without a receipt, nor with one of another claim, nor for another point than the run saw reproduced', () => {
    expect(said(beginDemotion(frozenA({ receipt: null }), order, unchanged))).toBe('NoReceipt');
    expect(said(beginDemotion(frozenA({ receipt: { ...receipt, claim: 2 } }), order, unchanged))).toBe('NoReceipt');
    expect(said(beginDemotion(frozenA({ receipt: { ...receipt, operation: 'other' } }), order, unchanged))).toBe(
      'NoReceipt',
    );
    expect(said(beginDemotion(frozenA(), order, { ...unchanged, point: 'e3.s7' }))).toBe('NoReceipt');
    expect(said(beginDemotion(frozenA(), order, { ...unchanged, point: 'e3.s8' }))).toBe('granted');
  });

  test('not when the freeze is broken, the application started anew or the inventory differs', () => {
    expect(said(beginDemotion(frozenA({ freeze: null }), order, unchanged))).toBe('FreezeBroken');
    expect(said(beginDemotion(frozenA({ freeze: { ...frozen, phase: 'thawing' } }), order, unchanged))).toBe(
      'FreezeBroken',
    );
    expect(said(beginDemotion(frozenA({ freeze: { ...frozen, claim: 2 } }), order, unchanged))).toBe('FreezeBroken');
    expect(said(beginDemotion(frozenA(), order, { ...unchanged, startSame: false }))).toBe('FreezeBroken');
    expect(said(beginDemotion(frozenA(), order, { ...unchanged, inventorySame: false }))).toBe('NoReceipt');
  });

  test('a site that is demoting goes on under whatever claim it was granted to since; a standby or outdated one is refused', () => {
    const state = site('A', 'demoting', { epoch: 2 });
    expect(beginDemotion(state, order, { inventorySame: false, startSame: false })).toBe(state);
    for (const role of ['standby', 'outdated'] as const)
      expect(said(beginDemotion(site('A', role), order, unchanged))).toBe('WrongRole');
  });
});

describe('demoting → standby', () => {
  test('once the fence was read back under this claim: its content is its own, by the receipt, and the verdict is kept', () => {
    const demoting = site('A', 'demoting', { epoch: 2 }, { receipt: { ...receipt, claim: 2 } });
    const { record, facts } = granted(finishDemotion(demoting, order, verdictOn('A')));
    expect(record).toMatchObject({ role: 'standby', epoch: 2, content: { point: 'e3.s8', state: 'own' } });
    expect(facts.fenced).toEqual(verdictOn('A'));
  });

  test('not on a verdict about another site or under another claim', () => {
    const demoting = site('A', 'demoting');
    expect(said(finishDemotion(demoting, order, verdictOn('B')))).toBe('NoPermission');
    expect(said(finishDemotion(demoting, order, verdictOn('A', { claim: 2 })))).toBe('NoPermission');
  });

  test('again, it changes nothing; an active site does not become a standby by it', () => {
    const done = site('A', 'standby', { content: { point: 'e3.s8', state: 'own' } });
    expect(finishDemotion(done, order, verdictOn('A'))).toBe(done);
    expect(said(finishDemotion(site('A', 'active'), order, verdictOn('A')))).toBe('WrongRole');
  });
});

describe('standby → promoting, the point of no return', () => {
  test('with the demoted peer as evidence and its very point proven here', () => {
    const { record, facts } = granted(beginPromotion(readyB({}, { fenced: verdictOn('B') }), order, ground));
    expect(record).toMatchObject({
      role: 'promoting',
      epoch: 4,
      permission: { by: 'peer', peer: demotedA },
      peer: { role: 'standby', epoch: 4, number: 4 },
    });
    expect(record.content).toBeUndefined();
    expect(facts).toMatchObject({ pending: SET, receipt: null, freeze: null });
    expect(facts.fenced).toBeUndefined();
  });

  test('again under the same claim it changes nothing; under another one it is refused', () => {
    const promoting = site('B', 'promoting', { epoch: 4 });
    expect(beginPromotion(promoting, order, ground)).toBe(promoting);
    expect(said(beginPromotion(site('B', 'promoting', { epoch: 2 }), order, ground))).toBe('WrongRole');
    for (const role of ROLES.filter((each) => each !== 'standby' && each !== 'promoting'))
      expect(said(beginPromotion(site('B', role), order, ground)), role).toBe('WrongRole');
  });

  test('not under a claim that works towards the peer: to give back takes a new one', () => {
    const own = site('A', 'standby', { epoch: 4, content: { point: 'e3.s8', state: 'own' } }, { pending: SET });
    const peer = { ...demotedA, epoch: 3, content: { point: 'e3.s8', state: 'proven' } } as const;
    expect(said(beginPromotion(own, order, { peer, peerSite: 'B', applicationTasks: 0 }))).toBe('WrongParity');
  });

  test('not without evidence: another claim, another operation, another role, or no answer at all', () => {
    for (const peer of [
      { ...demotedA, number: 2 },
      { ...demotedA, operation: 'other' },
      { ...demotedA, role: 'outdated' as const },
    ])
      expect(said(beginPromotion(readyB(), order, { ...ground, peer, chosenPoint: 'e3.s8' }))).toBe('NoPermission');
    expect(said(beginPromotion(readyB(), order, { peerSite: 'A', applicationTasks: 0, chosenPoint: 'e3.s8' }))).toBe(
      'NoPermission',
    );
  });

  test('a fence verdict on the peer permits it, given under this claim; not against a peer that answered it is acting', () => {
    const gone = { peerSite: 'A', applicationTasks: 0, chosenPoint: 'e3.s8' };
    expect(
      granted(beginPromotion(readyB(), order, { ...gone, verdict: verdictOn('A') })).record.permission,
    ).toMatchObject({ by: 'verdict' });
    expect(said(beginPromotion(readyB(), order, { ...gone, verdict: verdictOn('B') }))).toBe('NoPermission');
    expect(said(beginPromotion(readyB(), order, { ...gone, verdict: verdictOn('A', { claim: 2 }) }))).toBe(
      'NoPermission',
    );
    for (const role of ['active', 'demoting', 'promoting'] as const)
      expect(
        said(beginPromotion(readyB(), order, { ...gone, verdict: verdictOn('A'), peer: { ...demotedA, role } })),
        role,
      ).toBe('NoPermission');
  });

  test('not while a restore may still run here, whoever posted it', () => {
    expect(said(beginPromotion(readyB({}, { tasks: [task] }), order, ground))).toBe('TasksRunning');
    expect(said(beginPromotion(readyB(), order, { ...ground, applicationTasks: 1 }))).toBe('TasksRunning');
  });

  test("with the source present, not with content other than the point that the peer's own content names", () => {
    for (const content of [
      { point: 'e3.s7', state: 'proven' },
      { point: 'e3.s8', state: 'restored' },
      { point: 'e3.s8', state: 'writing' },
      { point: null, state: 'none' },
    ] as const)
      expect(said(beginPromotion(readyB({ content }), order, ground))).toBe('NotProven');
    const { content: _, ...silent } = demotedA;
    expect(said(beginPromotion(readyB(), order, { ...ground, peer: silent }))).toBe('NotProven');
  });

  test('by its own content while the peer gave the role up no later than this site', () => {
    const back = { ...order, claim: 5 };
    const own = (epoch: number) =>
      site(
        'A',
        'standby',
        { epoch, claim: { ...claim, number: 5, kind: 'give-back' }, content: { point: 'e3.s8', state: 'own' } },
        { pending: SET },
      );
    const peer = { ...demotedA, number: 5, epoch: 3, content: { point: 'e3.s8', state: 'proven' } } as const;
    expect(said(beginPromotion(own(4), back, { peer, peerSite: 'B', applicationTasks: 0 }))).toBe('granted');
    expect(said(beginPromotion(own(2), back, { peer, peerSite: 'B', applicationTasks: 0 }))).toBe('NotProven');
  });

  test('in gone form with the chosen point restored, proven or its own, and no other', () => {
    const gone = {
      peerSite: 'A',
      applicationTasks: 0,
      chosenPoint: 'e3.s8',
      verdict: verdictOn('A', { result: 'asserted' }),
    };
    for (const state of ['restored', 'proven', 'own'] as const)
      expect(said(beginPromotion(readyB({ content: { point: 'e3.s8', state } }), order, gone)), state).toBe('granted');
    expect(said(beginPromotion(readyB({ content: { point: 'e3.s8', state: 'writing' } }), order, gone))).toBe(
      'NotProven',
    );
    expect(said(beginPromotion(readyB(), order, { ...gone, chosenPoint: 'e3.s7' }))).toBe('NotProven');
    expect(said(beginPromotion(readyB({ content: { point: null, state: 'own' } }), order, gone))).toBe('NotProven');
  });

  test('only once what will be released is pending, and belongs to what this site holds', () => {
    expect(said(beginPromotion(readyB({}, { pending: null }), order, ground))).toBe('NotProven');
    expect(said(beginPromotion(readyB({}, { pendingPoint: 'e3.s7' }), order, ground))).toBe('NotProven');
    const adopted = granted(inherit(readyB({}, { pending: null, receipt: null }), order, 'e3.s8', { enabled: SET }));
    expect(said(beginPromotion(adopted, order, ground))).toBe('granted');
  });
});

describe("the enabled set of a point's manifest", () => {
  test('becomes pending at the standby that holds the point, instead of one that belongs to another', () => {
    const other = readyB({}, { pending: { app: { schedules: ['old'] } }, pendingPoint: 'e3.s7' });
    expect(granted(inherit(other, order, 'e3.s8', { enabled: SET })).facts).toMatchObject({
      pending: SET,
      pendingPoint: 'e3.s8',
    });
  });

  test('brings the jobs that were given up for that point, unless this site holds its own content and knows its own', () => {
    const job = { component: 'app', id: '1', title: 'report', request: {} };
    const of = { enabled: SET, givenUp: [job] };
    const bare = { pending: null, receipt: null };
    expect(granted(inherit(readyB({}, bare), order, 'e3.s8', of)).facts.givenUp).toEqual([job]);
    const own = readyB({ content: { point: 'e3.s8', state: 'own' } }, bare);
    expect(granted(inherit(own, order, 'e3.s8', of)).facts.givenUp).toEqual([]);
  });

  test('is refused while the content is being written, for another point, at an acting site and under a stale claim', () => {
    expect(
      said(inherit(readyB({ content: { point: 'e3.s8', state: 'writing' } }), order, 'e3.s8', { enabled: SET })),
    ).toBe('NotProven');
    expect(said(inherit(readyB(), order, 'e3.s7', { enabled: SET }))).toBe('NotProven');
    expect(said(inherit(site('B', 'active'), order, 'e3.s8', { enabled: SET }))).toBe('WrongRole');
    expect(said(inherit(readyB(), { ...order, claim: 2 }, 'e3.s8', { enabled: SET }))).toBe('StaleClaim');
  });
});

describe('promoting → active', () => {
  test('once the application serves at the own address, under whatever claim holds the site; the epoch stays', () => {
    const promoting = site('B', 'promoting', { epoch: 2 });
    expect(said(finishPromotion(promoting, order, false))).toBe('WrongRole');
    expect(granted(finishPromotion(promoting, order, true)).record).toMatchObject({ role: 'active', epoch: 2 });
  });

  test('again, it changes nothing; a standby does not become active by it', () => {
    const active = site('B', 'active');
    expect(finishPromotion(active, order, true)).toBe(active);
    expect(said(finishPromotion(readyB(), order, true))).toBe('WrongRole');
  });
});

describe('a site that hears of its peer', () => {
  test('is outdated when it acts and the peer is active or promoting with a higher epoch, and not otherwise', () => {
    for (const own of ROLES)
      for (const peer of ROLES)
        for (const epoch of [2, 3, 4]) {
          const { record } = learnOfPeer(site('A', own), { role: peer, epoch, number: 6 });
          const acts = own === 'active' || own === 'demoting' || own === 'promoting';
          const superseded = acts && (peer === 'active' || peer === 'promoting') && epoch > 3;
          expect(record.role, `${own} hears ${peer} ${epoch}`).toBe(superseded ? 'outdated' : own);
        }
  });

  test('keeps its epoch, and loses the permission it acted on', () => {
    const active = site('A', 'active', { permission: { by: 'setup', setup: 'first' } });
    const { record } = learnOfPeer(active, { role: 'promoting', epoch: 4, number: 4 });
    expect(record).toMatchObject({ role: 'outdated', epoch: 3, peer: { role: 'promoting', epoch: 4, number: 4 } });
    expect(record.permission).toBeUndefined();
  });

  test('takes the newer of two news that come in the wrong order', () => {
    const hear = (...news: Parameters<typeof learnOfPeer>[1][]) =>
      news.reduce(learnOfPeer, site('A', 'standby')).record.peer;
    const promoting = { role: 'promoting', epoch: 4, number: 4 } as const;
    const active = { role: 'active', epoch: 4, number: 4 } as const;
    expect(hear(active, promoting)).toEqual(active);
    expect(hear(active, { role: 'standby', epoch: 3, number: 4 })).toEqual(active);
    expect(hear(active, { role: 'demoting', epoch: 5, number: 5 })).toEqual({ role: 'demoting', epoch: 5, number: 5 });
    expect(hear({ role: 'outdated', epoch: 3, number: 6 }, { role: 'standby', epoch: 3, number: 6 })?.role).toBe(
      'standby',
    );
  });
});

describe('an active site that was restarted or fenced', () => {
  const active = site('A', 'active', { claim: { ...claim, number: 3, operation: 'sync/p/x', closed: true } });
  const standby = { role: 'standby', epoch: 3, number: 4 } as const;

  test('starts what acts by itself once its peer was heard', () => {
    expect(said(mayStart(active, standby))).toBe('granted');
    expect(said(mayStart(active, { ...standby, open: { kind: 'drill', operation: 'drill/p/x' } }))).toBe('granted');
  });

  test('not when it is superseded, frozen or not active', () => {
    expect(said(mayStart(active, { role: 'promoting', epoch: 4, number: 4 }))).toBe('Superseded');
    expect(said(mayStart(site('A', 'active', {}, { freeze: frozen }), standby))).toBe('FreezeBroken');
    expect(said(mayStart(site('A', 'standby'), standby))).toBe('WrongRole');
  });

  test('not while a failover that it was not asked about holds the peer, which may just have fenced it', () => {
    const failover = { ...standby, open: { kind: 'failover', operation: order.operation } } as const;
    expect(said(mayStart(active, failover))).toBe('Busy');
    expect(said(mayStart(site('A', 'active', { claim: { ...claim, operation: 'other' } }), failover))).toBe('Busy');
    expect(said(mayStart(site('A', 'active'), failover))).toBe('granted');
  });
});
