import { checkOrder } from './claims.ts';
import { type EnabledSet, withoutPending } from './facts.ts';
import type { Receipt } from './receipt.ts';
import type { Order, PeerEvidence } from './record.ts';
import { isRefusal, type Ruling, refuse, type SiteState } from './refusal.ts';
import { learnOfPeer } from './roles.ts';

/**
 * Rules for holding an active site still. The enabled set belongs to the freeze, not to the claim: it is pending from
 * before the first change until a completed thaw or release, and a later freeze adopts it.
 */

/**
 * Before the first change. `enabled` is what was just read; a pending set is adopted instead of it, component by component.
 * A freeze of this claim whose jobs still drain goes on, and its clock starts anew.
 */
export function beginFreeze(state: SiteState, order: Order, enabled: EnabledSet, now: string): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role !== 'active' && record.role !== 'promoting')
    return refuse('WrongRole', `${record.site} is ${record.role}: nothing to freeze`);
  const { claim, operation } = order;
  const begun = facts.freeze?.phase === 'freezing' && facts.freeze.claim === claim ? facts.freeze : undefined;
  return {
    record,
    facts: {
      ...withoutPending(facts),
      pending: { ...enabled, ...facts.pending },
      freeze: { ...begun, claim, operation, phase: 'freezing', renewed: now, started: {} },
      receipt: null,
    },
  };
}

/** The front door is closed: what the limit of a drain counts from, in however many parts it is waited for. */
export function shutOut(state: SiteState, order: Order, now: string): Ruling {
  const freeze = ownFreeze(state, order);
  if (isRefusal(freeze)) return freeze;
  return { ...state, facts: { ...state.facts, freeze: { ...freeze, closedAt: freeze.closedAt ?? now } } };
}

/** The front door is closed, what acts by itself is held, jobs are drained, and a client's write was seen refused. */
export function finishFreeze(
  state: SiteState,
  order: Order,
  started: Readonly<Record<string, string>>,
  now: string,
): Ruling {
  const freeze = ownFreeze(state, order);
  if (isRefusal(freeze)) return freeze;
  if (freeze.phase === 'thawing') return refuse('FreezeBroken', `${state.record.site} is thawing`);
  return { ...state, facts: { ...state.facts, freeze: { ...freeze, phase: 'frozen', renewed: now, started } } };
}

/** The run that holds the claim says that it still needs the freeze. */
export function renewFreeze(state: SiteState, order: Order, now: string): Ruling {
  const freeze = ownFreeze(state, order);
  if (isRefusal(freeze)) return freeze;
  if (freeze.phase === 'thawing') return refuse('FreezeBroken', `${state.record.site} is thawing`);
  return { ...state, facts: { ...state.facts, freeze: { ...freeze, renewed: now } } };
}

/** The source writes down what it holds while it is frozen. */
export function issueReceipt(state: SiteState, order: Order, receipt: Receipt): Ruling {
  const freeze = ownFreeze(state, order);
  if (isRefusal(freeze)) return freeze;
  if (freeze.phase !== 'frozen') return refuse('FreezeBroken', `${state.record.site} is ${freeze.phase}, not frozen`);
  if (receipt.claim !== order.claim || receipt.operation !== order.operation)
    return refuse('NoReceipt', `the receipt is of claim ${receipt.claim}`);
  if (!sameJson(receipt.started, freeze.started))
    return refuse('FreezeBroken', `the application of ${state.record.site} started anew since the freeze`);
  if (!sameJson(receipt.enabled, state.facts.pending))
    return refuse('NoReceipt', `the receipt does not carry what was enabled at ${state.record.site} before the freeze`);
  return { ...state, facts: { ...state.facts, receipt } };
}

/**
 * The target writes down that it reproduced the receipt; its enabled set and jobs are pending there from now on. Its own
 * content counts as proven by it: back after the point of no return moves nothing where nothing changed since.
 */
export function acceptReceipt(state: SiteState, order: Order, receipt: Receipt): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (receipt.claim !== order.claim || receipt.operation !== order.operation) {
    return refuse('NoReceipt', `the receipt is of claim ${receipt.claim}, not of ${order.claim}`);
  }
  const { content } = record;
  const proven = content?.state === 'own' || (content?.state === 'proven' && content.point === receipt.point);
  if (record.role !== 'standby' || !proven || facts.tasks.length > 0)
    return refuse('NotProven', `${record.site} does not hold a proven ${receipt.point}`);
  return {
    record: { ...record, content: { point: receipt.point, state: 'proven' } },
    facts: { ...facts, receipt, pending: receipt.enabled, pendingPoint: receipt.point, givenUp: receipt.givenUp },
  };
}

/**
 * Starts a thaw: the receipt is void from here on. By the run that holds the claim, or (no order) by the site itself when
 * nobody renewed the freeze in time. Only a site whose record, read under the lock, says active is thawed. Without a
 * freeze there is nothing to thaw: a set that is pending then came with a promotion and is released.
 */
export function beginThaw(state: SiteState, order?: Order): Ruling {
  const { record, facts } = state;
  if (order) {
    const current = checkOrder(record, order);
    if (isRefusal(current)) return current;
  }
  if (record.role !== 'active') return refuse('WrongRole', `${record.site} is ${record.role}: it is not thawed`);
  if (!facts.freeze) return state;
  return { record, facts: { ...facts, receipt: null, freeze: { ...facts.freeze, phase: 'thawing' } } };
}

/** Everything in the pending set is enabled again and the front door is open. */
export function finishThaw(state: SiteState): Ruling {
  const { record, facts } = state;
  if (record.role !== 'active') return refuse('WrongRole', `${record.site} is ${record.role}: it is not thawed`);
  if (!facts.freeze) return state;
  if (facts.freeze.phase !== 'thawing') return refuse('FreezeBroken', `${record.site} was frozen again meanwhile`);
  return { record, facts: { ...withoutPending(facts), freeze: null } };
}

/**
 * Whether nobody renewed the freeze for `max` milliseconds, so that the site thaws itself. A renewal that lies further ahead
 * than that is none: the site's clock was set back, and would hold the site still until it has caught up.
 */
export function freezeExpired(state: SiteState, now: string, max: number): boolean {
  const { record, facts } = state;
  if (record.role !== 'active' || facts.freeze === null) return false;
  return Math.abs(Date.parse(now) - Date.parse(facts.freeze.renewed)) > max;
}

/**
 * The role moved on: what was pending at the former active now belongs to the new one. Only once that one was heard to
 * have taken the role since (`peer`, or what was learned of it before): until then it may come back here with what is
 * pending.
 */
export function handOver(state: SiteState, order: Order, peer?: PeerEvidence): Ruling {
  const current = checkOrder(state.record, order);
  if (isRefusal(current)) return current;
  const learned = peer ? learnOfPeer(state, peer) : state;
  const { record, facts } = learned;
  if (record.role !== 'standby') return refuse('WrongRole', `${record.site} is ${record.role}`);
  const heard = peer ?? record.peer;
  if (!heard || (heard.role !== 'active' && heard.role !== 'promoting') || heard.epoch < record.epoch)
    return refuse('NoPermission', `${record.site} did not hear that its peer took the role`);
  return { record, facts: { ...withoutPending(facts), freeze: null, receipt: null, givenUp: [] } };
}

/** The promoted site released exactly the pending set; what could not be released (`left`, by component) stays pending. */
export function finishRelease(state: SiteState, order: Order, left: readonly string[] = []): Ruling {
  const current = checkOrder(state.record, order);
  if (isRefusal(current)) return current;
  if (state.record.role !== 'active')
    return refuse('WrongRole', `${state.record.site} is ${state.record.role}: nothing is released`);
  if (state.facts.freeze)
    return refuse('FreezeBroken', `${state.record.site} is ${state.facts.freeze.phase}: it is thawed, not released`);
  const held = Object.entries(state.facts.pending ?? {}).filter(([component]) => left.includes(component));
  const pending = held.length > 0 ? Object.fromEntries(held) : null;
  return { ...state, facts: { ...withoutPending(state.facts), pending, receipt: null } };
}

function ownFreeze(state: SiteState, order: Order): Ruling<NonNullable<SiteState['facts']['freeze']>> {
  const current = checkOrder(state.record, order);
  if (isRefusal(current)) return current;
  const { role } = state.record;
  if (role !== 'active' && role !== 'promoting')
    return refuse('WrongRole', `${state.record.site} is ${role}: its freeze is over`);
  const { freeze } = state.facts;
  if (!freeze || freeze.claim !== order.claim)
    return refuse('FreezeBroken', `${state.record.site} is not frozen under claim ${order.claim}`);
  return freeze;
}

/** Compares plain JSON, whatever the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameJson(value, right.get(key)));
}
