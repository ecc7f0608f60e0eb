import type { Order, SiteRecord } from '../../model/record.ts';
import { isRefusal, type Ruling, type SiteState } from '../../model/refusal.ts';
import type { Scenario } from './explore.ts';
import { REAL, type Rules } from './rules.ts';
import { SMALL } from './scenarios.ts';
import { holds, setOf } from './world.ts';

/**
 * The protocol with one rule taken out: the exploration has to find what the rule was for.
 *
 * Its programs are honest about what they saw, so it does not miss these; the tests of each rule hold them alone: a verdict and
 * the peer's word are of this claim; `own` counts only while the peer's epoch is not above; the chosen point is the one that was
 * restored; a receipt is accepted only by a proven target; inventory and start time are the same at demote; what is pending is
 * handed over only once the peer was heard to have taken the role.
 */
export interface Mutation {
  readonly without: string;
  readonly scenario: Scenario;
  readonly rules: Rules;
}

/** Shows a rule a state that is not so, and undoes what was pretended in what it returns. */
function pretend(
  state: SiteState,
  change: Partial<SiteRecord>,
  ruling: (state: SiteState) => Ruling,
  undo: readonly (keyof SiteRecord)[],
): Ruling {
  const ruled = ruling({ ...state, record: { ...state.record, ...change } });
  if (isRefusal(ruled)) return ruled;
  const restored = Object.fromEntries(undo.map((key) => [key, state.record[key]]));
  return { ...ruled, record: { ...ruled.record, ...restored } };
}

type Ordered = (state: SiteState, order: Order, ...rest: never[]) => Ruling;

/** Every command is taken for one of the open claim. */
function anyClaim<T extends Ordered>(rule: T): T {
  return ((state: SiteState, order: Order | undefined, ...rest: never[]) => {
    if (!order) return rule(state, order as never, ...rest);
    const claim = { ...state.record.claim, number: order.claim, operation: order.operation, closed: false };
    return pretend(state, { claim }, (seen) => rule(seen, order, ...rest), ['claim']);
  }) as T;
}

const withoutClaimCheck: Rules = {
  ...REAL,
  ...(Object.fromEntries(
    (
      [
        'beginBackup',
        'beginWriting',
        'intendTask',
        'finishWriting',
        'proveContent',
        'beginFreeze',
        'finishFreeze',
        'issueReceipt',
        'acceptReceipt',
        'beginThaw',
        'handOver',
        'finishRelease',
        'beginDemotion',
        'finishDemotion',
        'inherit',
        'beginPromotion',
        'finishPromotion',
      ] as const
    ).map((name) => [name, anyClaim(REAL[name] as unknown as Ordered)]),
  ) as Partial<Rules>),
};

const withoutNumber: Rules['grantClaim'] = (state, request, leftovers) => {
  const { claim } = state.record;
  if (claim.number === request.number && claim.operation === request.operation)
    return REAL.grantClaim(state, request, leftovers);
  const facts = { ...state.facts, seen: -1 };
  return REAL.grantClaim({ record: { ...state.record, claim: { ...claim, number: -1 } }, facts }, request, leftovers);
};

/** A site takes a claim for its own promotion whatever its parity. */
const anyParity: Rules['beginPromotion'] = (state, order, ground) =>
  pretend(state, { ordinal: order.claim % 2 === 1 ? 1 : 2 }, (seen) => REAL.beginPromotion(seen, order, ground), [
    'ordinal',
  ]);

const grantAnyParity: Rules['grantClaim'] = (state, request, leftovers) =>
  REAL.grantClaim(state, { ...request, towards: request.number % 2 === 1 ? 1 : 2 }, leftovers);

const withoutReceipt: Rules['beginDemotion'] = (state, order, reading) => {
  const receipt = {
    claim: order.claim,
    operation: order.operation,
    point: reading.point ?? '',
    projections: {},
    started: {},
    enabled: {},
    givenUp: [],
  };
  const freeze = {
    claim: order.claim,
    operation: order.operation,
    phase: 'frozen' as const,
    renewed: '',
    started: {},
  };
  const ruled = REAL.beginDemotion({ ...state, facts: { ...state.facts, receipt, freeze } }, order, {
    ...reading,
    startSame: true,
    inventorySame: true,
  });
  return isRefusal(ruled) ? ruled : { record: ruled.record, facts: state.facts };
};

/** Whatever the target holds is taken for the proven point that is asked for. */
const anyContent: Rules['beginPromotion'] = (state, order, ground) => {
  if (state.record.role !== 'standby') return REAL.beginPromotion(state, order, ground);
  const point = ground.peer?.content?.point ?? ground.chosenPoint ?? 'any';
  const { peer, ...rest } = ground;
  const seen: SiteState = {
    record: { ...state.record, content: { point, state: 'proven' } },
    facts: { ...state.facts, pending: state.facts.pending ?? {}, pendingPoint: point },
  };
  return REAL.beginPromotion(seen, order, {
    ...rest,
    ...(peer ? { peer: { ...peer, content: { point, state: 'own' as const } } } : {}),
  });
};

/** The evidence is made up: a standby that agrees with whatever the target holds. */
const withoutEvidence: Rules['beginPromotion'] = (state, order, ground) =>
  REAL.beginPromotion(state, order, {
    ...ground,
    peer: {
      role: 'standby',
      epoch: 0,
      number: order.claim,
      operation: order.operation,
      content: { point: state.record.content?.point ?? null, state: 'own' },
    },
  });

const asRole = (role: SiteRecord['role'], state: SiteState, rule: (state: SiteState) => Ruling): Ruling =>
  pretend(state, { role }, rule, ['role']);

/** A receipt that the target accepted under this claim counts, whatever the peer's own content names. */
const byOwnReceipt: Rules['beginPromotion'] = (state, order, ground) => {
  const { content } = state.record;
  const { receipt } = state.facts;
  const counts = receipt?.claim === order.claim && receipt.point === content?.point;
  const peer = counts && ground.peer && { ...ground.peer, content: { point: receipt.point, state: 'own' as const } };
  return REAL.beginPromotion(state, order, peer ? { ...ground, peer } : ground);
};

/** What was enabled is journaled after the record says `promoting`. */
const pendingAfterwards: Partial<Rules> = {
  inherit: (state) => state,
  beginPromotion: (state, order, ground) => {
    const point = state.record.content?.point ?? '';
    if (state.facts.pending || state.record.role !== 'standby') return REAL.beginPromotion(state, order, ground);
    const pending = setOf(holds(point).enabled);
    const ruled = REAL.beginPromotion(
      { ...state, facts: { ...state.facts, pending, pendingPoint: point } },
      order,
      ground,
    );
    return ruled;
  },
};

/** Nobody looks for restores that still run: not at granting, not before a restore, not at promote. */
const noTasks = (state: SiteState): SiteState => ({ ...state, facts: { ...state.facts, tasks: [] } });

export const MUTATIONS: readonly Mutation[] = [
  { without: 'the claim check', scenario: SMALL.toAndFro, rules: withoutClaimCheck },
  { without: 'the number', scenario: SMALL.toAndFro, rules: { ...REAL, grantClaim: withoutNumber } },
  {
    without: 'the parity',
    scenario: SMALL.people,
    rules: {
      ...REAL,
      nextClaimNumber: (seen) => Math.max(0, ...seen) + 1,
      grantClaim: grantAnyParity,
      beginPromotion: anyParity,
    },
  },
  { without: 'the evidence', scenario: SMALL.decisions, rules: { ...REAL, beginPromotion: withoutEvidence } },
  {
    without: 'the new claim to give back',
    scenario: SMALL.decisions,
    rules: { ...REAL, newClaimToGiveBack: false },
  },
  {
    without: 'the new claim to give back, and the parity at promote that asks for it',
    scenario: SMALL.decisions,
    rules: { ...REAL, newClaimToGiveBack: false, beginPromotion: anyParity },
  },
  {
    without: 'the new claim to go on without the source',
    scenario: SMALL.decisions,
    rules: { ...REAL, newClaimWithoutSource: false },
  },
  { without: 'the receipt check at demote', scenario: SMALL.data, rules: { ...REAL, beginDemotion: withoutReceipt } },
  {
    without: 'the re-check of the content at promote',
    scenario: SMALL.freezes,
    rules: { ...REAL, beginPromotion: anyContent },
  },
  {
    without: "the point that the peer's own content names, at promote: by the target's receipt alone",
    scenario: SMALL.freezes,
    rules: { ...REAL, beginPromotion: byOwnReceipt },
  },
  {
    without: 'what will be released being pending before the point of no return',
    scenario: SMALL.decisions,
    rules: { ...REAL, ...pendingAfterwards },
  },
  {
    without: 'the checks for restores that still run, at granting, restore and promote',
    scenario: SMALL.decisions,
    rules: {
      ...REAL,
      grantClaim: (state, request) => REAL.grantClaim(noTasks(state), request, { processes: 0, applicationTasks: 0 }),
      beginWriting: (state, order, point, intact) => REAL.beginWriting(noTasks(state), order, point, intact),
      finishWriting: (state, order, point) => REAL.finishWriting(noTasks(state), order, point),
      proveContent: (state, order, point) => REAL.proveContent(noTasks(state), order, point),
      acceptReceipt: (state, order, receipt) => REAL.acceptReceipt(noTasks(state), order, receipt),
      beginPromotion: (state, order, ground) =>
        REAL.beginPromotion(noTasks(state), order, { ...ground, applicationTasks: 0 }),
    },
  },
  {
    without: 'the role check at restore',
    scenario: SMALL.sync,
    rules: {
      ...REAL,
      beginWriting: (state, order, point, intact) =>
        asRole('standby', state, (seen) => REAL.beginWriting(seen, order, point, intact)),
      intendTask: (state, order, task) => asRole('standby', state, (seen) => REAL.intendTask(seen, order, task)),
    },
  },
  {
    without: 'the adoption of a pending set by the next freeze',
    scenario: SMALL.freezes,
    rules: {
      ...REAL,
      beginFreeze: (state, order, enabled, now) =>
        REAL.beginFreeze({ ...state, facts: { ...state.facts, pending: null } }, order, enabled, now),
    },
  },
  {
    without: 'the role check at thaw',
    scenario: SMALL.data,
    rules: {
      ...REAL,
      beginThaw: (state, order) => asRole('active', state, (seen) => REAL.beginThaw(seen, order)),
      finishThaw: (state) => asRole('active', state, (seen) => REAL.finishThaw(seen)),
    },
  },
  {
    without: 'the hold of a fenced site that comes back before the promotion',
    scenario: SMALL.fence,
    rules: { ...REAL, mayStart: (state, { open: _, ...peer }) => REAL.mayStart(state, peer) },
  },
];
