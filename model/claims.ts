import { type Facts, outcomeKey } from './facts.ts';
import type { Claim, OperationKind, Order, Ordinal, Person, SiteRecord } from './record.ts';
import { type Ruling, refuse, type SiteState, withRecord } from './refusal.ts';

/** A run asks a site for the right to change it. */
export interface ClaimRequest {
  readonly number: number;
  readonly operation: string;
  readonly kind: OperationKind;
  /** Ordinal of the site the claim works towards: failover `to`, give-back the source, sync and reprotect the site written to. */
  readonly towards: Ordinal;
  /** A named person takes the site over, because the run that holds it is gone. */
  readonly takeover?: Person;
  /** Temporal says that the run which holds the open claim has ended. */
  readonly holderGone?: boolean;
}

/** The site gets its own role back. A target that a give-back finds past the point of no return is claimed by it too, and does not. */
export const getsRoleBack = ({ claim, ordinal }: SiteRecord): boolean =>
  claim.kind === 'give-back' && claim.number % 2 === ordinal % 2;

/** What the site worker found when it looked, under its lock, for leftovers of the former claim. */
export interface Leftovers {
  /** Child processes of ours that are still alive. */
  readonly processes: number;
  /** Unfinished restores or imports that the application lists, whoever posted them. */
  readonly applicationTasks: number;
}

export const NO_LEFTOVERS: Leftovers = { processes: 0, applicationTasks: 0 };

/**
 * The next claim number: above every number seen in any record, journal, mirror and `pair`, with the parity of the site
 * the claim works towards. Epochs of different actives therefore never coincide.
 */
export function nextClaimNumber(seen: readonly number[], towards: Ordinal): number {
  const next = Math.max(0, ...seen) + 1;
  return next % 2 === towards % 2 ? next : next + 1;
}

/** Syncs and drills give way to failover and reprotect, never to each other. */
const givesWay = (former: OperationKind, next: OperationKind): boolean =>
  (former === 'sync' || former === 'drill') && (next === 'failover' || next === 'give-back' || next === 'reprotect');

function mayReplace(former: Claim, request: ClaimRequest): boolean {
  return (
    former.closed ||
    former.operation === request.operation ||
    givesWay(former.kind, request.kind) ||
    request.takeover !== undefined ||
    (former.kind === 'sync' && request.kind === 'sync' && request.holderGone === true)
  );
}

/**
 * Grants a claim, or says why not. The same number from the same operation returns the recorded grant, closed or not.
 * Nothing is granted past work of the former claim that may still run.
 */
export function grantClaim(state: SiteState, request: ClaimRequest, leftovers: Leftovers): Ruling {
  const former = state.record.claim;
  if (former.number === request.number && former.operation === request.operation) return state;
  const seen = Math.max(former.number, state.facts.seen);
  if (request.number <= seen) {
    return refuse(
      'NumberTooLow',
      `claim ${request.number} is not above ${seen}, the highest that ${state.record.site} granted`,
    );
  }
  if (request.number % 2 !== request.towards % 2) {
    return refuse('WrongParity', `claim ${request.number} does not have the parity of the site it works towards`);
  }
  if (!mayReplace(former, request)) {
    return refuse(
      'Busy',
      `${state.record.site} is held by claim ${former.number} of ${former.operation} (${former.kind})`,
    );
  }
  if (leftovers.processes > 0 || leftovers.applicationTasks > 0 || state.facts.tasks.length > 0) {
    return refuse(
      'TasksRunning',
      `work of an earlier claim may still run at ${state.record.site}: ${leftovers.processes} child processes, ` +
        `${leftovers.applicationTasks} tasks of the application, ${state.facts.tasks.length} posted restores with no known end`,
    );
  }
  const claim: Claim = {
    number: request.number,
    operation: request.operation,
    kind: request.kind,
    closed: false,
    ...(request.takeover && !former.closed ? { takenOver: request.takeover } : {}),
  };
  return { record: { ...state.record, claim }, facts: { ...state.facts, seen: request.number, outcomes: {} } };
}

/** Refuses any command that does not carry the granted, open claim. */
export function checkOrder(record: SiteRecord, order: Pick<Order, 'claim' | 'operation'>): Ruling<true> {
  const { claim } = record;
  if (claim.number === order.claim && claim.operation === order.operation && !claim.closed) return true;
  return refuse(
    'StaleClaim',
    `claim ${order.claim} of ${order.operation} is not the open claim of ${record.site}, which is ` +
      `${claim.number} of ${claim.operation}${claim.closed ? ' (closed)' : ''}`,
  );
}

/**
 * Refuses a command of a round that a later one of the same step has overtaken: an attempt that was thought dead must not
 * undo what was done after it. The same round again gets its recorded outcome, which is for the caller to look up.
 */
export function checkRound(facts: Facts, order: Pick<Order, 'claim' | 'step' | 'round'>): Ruling<true> {
  const prefix = outcomeKey({ ...order, round: 0 }).slice(0, -1);
  const rounds = Object.keys(facts.outcomes)
    .filter((key) => key.startsWith(prefix))
    .map((key) => Number(key.slice(prefix.length)))
    .filter(Number.isInteger);
  const newest = Math.max(order.round, ...rounds);
  return newest > order.round
    ? refuse('StaleClaim', `round ${order.round} of ${order.step} was overtaken by round ${newest}`)
    : true;
}

/** Closes the claim at the end of its operation. A copy of the command, or one for an older claim, changes nothing. */
export function closeClaim(state: SiteState, order: Pick<Order, 'claim' | 'operation'>): Ruling {
  const { claim } = state.record;
  if (claim.number !== order.claim || claim.operation !== order.operation) {
    return refuse('StaleClaim', `claim ${order.claim} is not the newest of ${state.record.site}`);
  }
  return claim.closed ? state : withRecord(state, { claim: { ...claim, closed: true } });
}
