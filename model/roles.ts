import { checkOrder } from './claims.ts';
import type { EnabledSet, GivenUpJob } from './facts.ts';
import {
  acting,
  type Content,
  type Order,
  type PeerEvidence,
  type PeerRecord,
  type SiteRecord,
  type Verdict,
} from './record.ts';
import { isRefusal, type Refusal, type Ruling, refuse, type SiteState, withRecord } from './refusal.ts';

/** What the site worker read from its own application right before the fence, under its lock. */
export interface DemoteReading {
  /** The projections are those of the receipt. */
  readonly inventorySame: boolean;
  /** The application has not started anew since the freeze was proved. */
  readonly startSame: boolean;
  /** The receipt's point that the run saw reproduced at the target: a receipt issued since is another question. */
  readonly point?: string;
}

/**
 * active or promoting → demoting. Needs a valid receipt of this claim and one unbroken freeze, re-checked under the lock.
 * A site that is already demoting goes on with the fence, under whatever claim it was granted to.
 */
export function beginDemotion(state: SiteState, order: Order, reading: DemoteReading): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role === 'demoting') return state;
  if (record.role !== 'active' && record.role !== 'promoting') return wrongRole(record, 'be demoted');
  const { receipt, freeze } = facts;
  if (!receipt || receipt.claim !== order.claim || receipt.operation !== order.operation) {
    return refuse('NoReceipt', `${record.site} holds no receipt of claim ${order.claim}`);
  }
  if (reading.point !== undefined && reading.point !== receipt.point) {
    return refuse('NoReceipt', `the receipt of ${record.site} is for ${receipt.point}, not for ${reading.point}`);
  }
  if (freeze?.phase !== 'frozen' || freeze.claim !== order.claim) {
    return refuse('FreezeBroken', `${record.site} is not frozen under claim ${order.claim}`);
  }
  if (!reading.startSame)
    return refuse('FreezeBroken', `the application of ${record.site} started anew since the freeze`);
  if (!reading.inventorySame) return refuse('NoReceipt', `${record.site} no longer holds what its receipt says`);
  const { permission: _, ...rest } = record;
  return { ...state, record: { ...rest, role: 'demoting', epoch: order.claim } };
}

/** demoting → standby with its own content. Only after the fence was done and read back; again, it changes nothing. */
export function finishDemotion(state: SiteState, order: Order, verdict: Verdict): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role === 'standby' && record.content?.state === 'own') return state;
  if (record.role !== 'demoting') return wrongRole(record, 'end its demotion');
  if (verdict.site !== record.site)
    return refuse('NoPermission', `the verdict is on ${verdict.site}, not on ${record.site}`);
  if (verdict.claim !== order.claim)
    return refuse('NoPermission', `the verdict was given under claim ${verdict.claim}, not under ${order.claim}`);
  const content: Content = { point: facts.receipt?.point ?? null, state: 'own' };
  return { record: { ...record, role: 'standby', content }, facts: { ...facts, fenced: verdict } };
}

/** What a promotion rests on. */
export interface PromotionGround {
  /** What the peer's own worker returned to a command of this same claim. */
  readonly peer?: PeerRecord;
  /** Or a fence verdict on the peer, given under this claim. */
  readonly verdict?: Verdict;
  readonly peerSite: string;
  /** Gone form: the point that was chosen and quoted. */
  readonly chosenPoint?: string;
  /** Unfinished restores that the application lists right now, read under the lock. */
  readonly applicationTasks: number;
}

/** What a point's manifest says of its source beside the content. */
export interface Inherited {
  readonly enabled: EnabledSet;
  readonly givenUp?: readonly GivenUpJob[];
}

/**
 * Before a promotion: what was enabled at the source, by the manifest of the very point that this site holds, becomes
 * pending here, and the jobs that were given up for it are owed here. A receipt says the same of its point, so this says
 * nothing else where a receipt was accepted; it is needed in gone form, and where a worker died between the record and the
 * journal. A site that holds its own content knows its own jobs better.
 */
export function inherit(state: SiteState, order: Order, point: string, of: Inherited): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role !== 'standby') return wrongRole(record, 'adopt an enabled set');
  if (record.content?.point !== point || record.content.state === 'writing')
    return refuse('NotProven', `${record.site} holds ${describe(record.content)}, not ${point}`);
  if (facts.pending && facts.pendingPoint === point) return state;
  const givenUp = record.content.state === 'own' ? facts.givenUp : (of.givenUp ?? []);
  return { record, facts: { ...facts, pending: of.enabled, pendingPoint: point, givenUp } };
}

/**
 * standby → promoting: the point of no return. What will be released is pending before it, so that a run that dies right
 * after it leaves nothing to guess. The same command again changes nothing.
 */
export function beginPromotion(state: SiteState, order: Order, ground: PromotionGround): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role === 'promoting' && record.epoch === order.claim) return state;
  if (record.role !== 'standby') return wrongRole(record, 'be promoted');
  if (order.claim % 2 !== record.ordinal % 2) {
    return refuse(
      'WrongParity',
      `claim ${order.claim} works towards ${ground.peerSite}: it cannot promote ${record.site}`,
    );
  }
  if (facts.tasks.length > 0 || ground.applicationTasks > 0) {
    return refuse('TasksRunning', `a restore may still run in the application of ${record.site}`);
  }
  const refusal = contentRefusal(state, order, ground);
  if (refusal) return refusal;
  const permission = permitted(order, ground);
  if (isRefusal(permission)) return permission;
  const { content, ...rest } = record;
  // A set from the freeze before its demotion stays right as long as the site holds its own content.
  const ofThis = facts.pendingPoint === (content?.point ?? undefined);
  if (!facts.pending || !(ofThis || (content?.state === 'own' && facts.pendingPoint === undefined)))
    return refuse('NotProven', `what was enabled is not known at ${record.site}: the manifest of its point has it`);
  const { fenced: _, ...known } = facts;
  const peer: PeerEvidence | undefined = ground.peer && {
    role: ground.peer.role,
    epoch: ground.peer.epoch,
    number: ground.peer.number,
  };
  return {
    record: { ...rest, role: 'promoting', epoch: order.claim, permission, ...(peer ? { peer } : {}) },
    // The receipt is used; an own freeze ended with the demotion, and what it held is released, not thawed.
    facts: { ...known, receipt: null, freeze: null },
  };
}

/** The record that the peer's own worker returned to a command of this very claim. */
const answered = (order: Order, peer: PeerRecord | undefined): PeerRecord | undefined =>
  peer && peer.number === order.claim && peer.operation === order.operation ? peer : undefined;

function permitted(order: Order, ground: PromotionGround): Ruling<NonNullable<SiteRecord['permission']>> {
  const { verdict } = ground;
  const peer = answered(order, ground.peer);
  if (peer?.role === 'standby') return { by: 'peer', peer };
  if (peer && acting(peer.role)) {
    return refuse(
      'NoPermission',
      `${ground.peerSite} answered under claim ${order.claim} and is ${peer.role}: no verdict stands against that`,
    );
  }
  if (verdict && verdict.site === ground.peerSite && verdict.claim === order.claim) return { by: 'verdict', verdict };
  return refuse(
    'NoPermission',
    `nothing allows the promotion: ${ground.peerSite} did not answer under claim ${order.claim} as a standby, ` +
      'and no fence verdict on it was given under this claim',
  );
}

function contentRefusal(state: SiteState, order: Order, ground: PromotionGround): Refusal | undefined {
  const { record } = state;
  const content = record.content;
  const none = refuse('NotProven', `${record.site} does not hold what it would have to hold: ${describe(content)}`);
  if (!content) return none;
  const peer = answered(order, ground.peer);
  if (peer?.role === 'standby') {
    if (content.state === 'own' && peer.epoch <= record.epoch) return undefined;
    // The peer's `own` names the point of the receipt it was demoted with, which says more than a receipt kept here.
    const same = content.point !== null && peer.content?.state === 'own' && peer.content.point === content.point;
    return content.state === 'proven' && same ? undefined : none;
  }
  // Gone form. `own` holds the very state that its point was taken of.
  const restored = content.state === 'restored' || content.state === 'proven' || content.state === 'own';
  return restored && content.point !== null && content.point === ground.chosenPoint ? undefined : none;
}

const describe = (content: SiteRecord['content']): string =>
  content ? `${content.state}${content.point ? ` ${content.point}` : ''}` : 'nothing';

/** promoting → active, once the application serves at the site's own address. */
export function finishPromotion(state: SiteState, order: Order, serves: boolean): Ruling {
  const { record } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role === 'active') return state;
  if (record.role !== 'promoting') return wrongRole(record, 'become active');
  if (!serves) return refuse('WrongRole', `the application of ${record.site} does not serve at its own address yet`);
  return withRecord(state, { role: 'active' });
}

/**
 * Takes note of a peer. An acting site that learns of an active or promoting record with a higher epoch is outdated and
 * has to fence itself; a standby record never stops an acting site.
 */
export function learnOfPeer(state: SiteState, peer: PeerEvidence): SiteState {
  const { record } = state;
  const superseded =
    acting(record.role) && (peer.role === 'active' || peer.role === 'promoting') && peer.epoch > record.epoch;
  const known = { role: peer.role, epoch: peer.epoch, number: peer.number };
  if (!superseded) return newer(known, record.peer) ? withRecord(state, { peer: known }) : state;
  const { permission: _, ...rest } = record;
  return { ...state, record: { ...rest, role: 'outdated', peer: known } };
}

/**
 * Whether an active site may start what acts by itself, given what it just read of its peer: not when it is superseded,
 * and not while a failover whose claim is not this site's claim too holds the peer. That one may have fenced this site and be
 * about to promote the peer; until it ended, or a person starts this site by name, it stays held.
 */
export function mayStart(state: SiteState, peer: PeerEvidence): Ruling<true> {
  const { record, facts } = state;
  if (record.role !== 'active') return wrongRole(record, 'be started');
  if (facts.freeze) return refuse('FreezeBroken', `${record.site} is ${facts.freeze.phase}`);
  if (learnOfPeer(state, peer).record.role !== 'active')
    return refuse('Superseded', `the peer of ${record.site} took over with epoch ${peer.epoch}`);
  const { open } = peer;
  const own = record.claim.number === peer.number && record.claim.operation === open?.operation;
  if (!own && (open?.kind === 'failover' || open?.kind === 'give-back')) {
    return refuse('Busy', `claim ${peer.number} holds the peer of ${record.site} and may end in its promotion`);
  }
  return true;
}

/** News may arrive in another order than it was made: within one claim and epoch a role only moves on. */
const AGE: Readonly<Record<SiteRecord['role'], number>> = {
  demoting: 0,
  promoting: 0,
  active: 1,
  outdated: 2,
  standby: 3,
};

function newer(peer: PeerEvidence, known: PeerEvidence | undefined): boolean {
  if (!known) return true;
  const age = peer.number - known.number || peer.epoch - known.epoch || AGE[peer.role] - AGE[known.role];
  return age > 0 || (age === 0 && peer.role !== known.role);
}

const wrongRole = (record: SiteRecord, what: string): Refusal =>
  refuse('WrongRole', `${record.site} is ${record.role} and cannot ${what}`);
