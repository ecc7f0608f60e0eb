import { checkOrder } from './claims.ts';
import { NO_FACTS, withoutPending } from './facts.ts';
import type { Claim, Order, Ordinal, PeerRecord, Person, SiteRecord, Verdict } from './record.ts';
import { isRefusal, type Ruling, refuse, type SiteState } from './refusal.ts';

/**
 * How a site record comes to be: by the first setup, by adoption where it was lost and the peer knows that this site was
 * active, by reprotect where it was lost and the peer is active; and how an outdated site becomes a standby again.
 */

type Identity = SiteRecord['identity'];

/** What a site is asked to remember at the first start. Both sites answered; the standby's record is made first. */
export interface SetupRequest {
  readonly pair: string;
  readonly site: string;
  readonly ordinal: Ordinal;
  /** Id of the setup: repeated with the same one, it completes. */
  readonly setup: string;
  readonly role: 'active' | 'standby';
  readonly identity: Identity;
  /** The record that is here, if there is one. One that cannot be read is not absent: nothing is set up over it. */
  readonly existing: SiteRecord | null;
  /** What the peer's own worker returned in this setup; null: it answered and has no record. */
  readonly peer: Pick<SiteRecord, 'setup' | 'ordinal' | 'role' | 'epoch' | 'claim'> | null;
  readonly peerIdentity: Identity;
  /** Claim number and epoch of both new records: above all that were used where the pair lived before; else 1 or 2. */
  readonly number?: number;
  /** Components whose address is the clients' address, which leads to one site today and to the other tomorrow. */
  readonly atClientsAddress?: readonly string[];
  /** What the application itself shows against the configured active, in words. */
  readonly evidenceAgainst?: string;
}

/** Makes the record of a site, or returns the one that this very setup made before. */
export function setupRecord(request: SetupRequest): Ruling<SiteRecord> {
  const { site, existing, setup } = request;
  if (existing) return repeated(request, existing);
  const contradiction = contradictionIn(request);
  if (contradiction) return refuse('Contradiction', `${contradiction}. No record was made at ${site}`);
  const ofActive: Ordinal = request.role === 'active' ? request.ordinal : request.ordinal === 1 ? 2 : 1;
  const first = request.number ?? ofActive;
  const { peer } = request;
  if (peer && peer.setup !== setup) {
    return refuse('OtherSetup', `the peer of ${site} has a record of setup ${peer.setup}, and this is setup ${setup}`);
  }
  if (request.role === 'standby' && peer) {
    return refuse(
      'Contradiction',
      `the peer of ${site} is ${peer.role} already, so ${site} had a record and lost it: a reprotect makes it a standby again`,
    );
  }
  if (request.role === 'active') {
    if (!peer) return refuse('NoPermission', `the standby's record is made first, and the peer of ${site} has none`);
    // Anything but the very record that setup makes shows that the pair has lived since.
    const untouched = peer.role === 'standby' && peer.epoch === first && peer.claim.number === first;
    if (!untouched || peer.ordinal === request.ordinal) {
      return refuse(
        'Contradiction',
        `the peer of ${site} is ${peer.role} under claim ${peer.claim.number} and not the new standby of this setup: ` +
          `${site} had a record and lost it, which a person resolves by adoption or reprotect`,
      );
    }
  }
  if (first % 2 !== ofActive % 2)
    return refuse('WrongParity', `claim ${first} does not work towards the site that is to be active`);
  return {
    format: 1,
    pair: request.pair,
    site,
    ordinal: request.ordinal,
    setup,
    identity: request.identity,
    claim: { number: first, operation: `setup/${setup}`, kind: 'setup', closed: true },
    role: request.role,
    epoch: first,
    ...(request.role === 'active'
      ? { permission: { by: 'setup', setup } }
      : { content: { point: null, state: 'none' } }),
    sequence: 0,
  };
}

function repeated(request: SetupRequest, existing: SiteRecord): Ruling<SiteRecord> {
  if (existing.setup === request.setup && existing.ordinal === request.ordinal && existing.pair === request.pair)
    return existing;
  return refuse(
    'OtherSetup',
    `${request.site} has a record of setup ${existing.setup} (pair ${existing.pair}, ${existing.role}), and this is setup ${request.setup}`,
  );
}

function contradictionIn(request: SetupRequest): string | undefined {
  const names = Object.keys(request.identity);
  const missing = names.length === 0 || names.length !== Object.keys(request.peerIdentity).length;
  if (missing || names.some((name) => !Object.hasOwn(request.peerIdentity, name)))
    return 'the two sites do not hold the same components';
  const shared = names.find((name) => request.identity[name] === request.peerIdentity[name]);
  if (shared !== undefined) return `${shared} is the same installation at both sites: ${request.identity[shared]}`;
  const [reached] = request.atClientsAddress ?? [];
  if (reached !== undefined) return `the address of ${reached} is the clients' address`;
  return request.evidenceAgainst;
}

/** What every way to make a lost record anew needs. `peer`: what its own worker returned to a command of this claim. */
export interface LostRecord {
  readonly pair: string;
  readonly site: string;
  readonly ordinal: Ordinal;
  readonly setup: string;
  readonly identity: Identity;
  /** The person who confirmed that this is the installation that the pair knew. */
  readonly confirmed: Person;
  readonly order: Order;
  /** The peer's record, read under the claim that it granted first. */
  readonly peer: SiteRecord;
}

/**
 * The record was lost at a site that the standby peer knows as active: a person adopts it. The role is taken anew, under
 * the claim that the peer granted first, so no older record of this site can be mistaken for it.
 */
export function adoptRecord(lost: LostRecord): Ruling<SiteRecord> {
  const { site, peer, order } = lost;
  const claimed = claimedPeer(lost);
  if (isRefusal(claimed)) return claimed;
  if (order.claim % 2 !== lost.ordinal % 2)
    return refuse('WrongParity', `claim ${order.claim} does not work towards ${site}`);
  if (peer.role !== 'standby') return refuse('NoPermission', `the peer of ${site} is ${peer.role}, not standby`);
  const known = peer.peer;
  if (known?.role !== 'active' || known.epoch < peer.epoch) {
    return refuse('NoPermission', `the peer of ${site} does not know ${site} as active since it is a standby itself`);
  }
  return {
    ...anew(lost, { number: order.claim, operation: order.operation, kind: 'failover', closed: false }),
    role: 'active',
    epoch: order.claim,
    permission: {
      by: 'peer',
      peer: { role: peer.role, epoch: peer.epoch, number: order.claim, operation: order.operation },
    },
  };
}

/** The record was lost at a site whose peer says active: it is outdated until the reprotect ends. */
export function outdatedRecord(lost: LostRecord): Ruling<SiteRecord> {
  const { site, peer, order } = lost;
  const claimed = claimedPeer(lost);
  if (isRefusal(claimed)) return claimed;
  if (peer.role !== 'active') return refuse('NoPermission', `the peer of ${site} is ${peer.role}, not active`);
  return {
    ...anew(lost, { number: order.claim, operation: order.operation, kind: 'reprotect', closed: false }),
    role: 'outdated',
    // Nothing is known of the timeline that was lost with the record; every epoch of the peer is above it.
    epoch: 0,
  };
}

function claimedPeer({ site, pair, ordinal, peer, order, confirmed }: LostRecord): Ruling<true> {
  if (confirmed.who.trim() === '' || confirmed.why.trim() === '')
    return refuse('NoPermission', `a named person has to confirm the identity of ${site}, and say why`);
  if (peer.pair !== pair || peer.ordinal === ordinal)
    return refuse('Contradiction', `${peer.site} of pair ${peer.pair} is not the peer of ${site}`);
  return checkOrder(peer, order);
}

/** As if the claim that the peer granted had been granted here too: nothing older can be granted any more. */
const anew = (
  { pair, site, ordinal, setup, identity, peer, order }: LostRecord,
  claim: Claim,
): Omit<SiteRecord, 'role' | 'epoch'> => ({
  format: 1,
  pair,
  site,
  ordinal,
  setup,
  identity,
  claim,
  peer: { role: peer.role, epoch: peer.epoch, number: order.claim },
  sequence: 0,
});

/** What has to be done at an outdated site before it may hold the active's content again. */
export interface ReprotectGround {
  /** The site is fenced and that was read back, under this claim. */
  readonly verdict: Verdict;
  /** The list of what never crossed was kept where people find it. */
  readonly inventoryExported: boolean;
  /** The point that holds what the site had; `nothing`: it was found empty. */
  readonly quarantined: string | 'nothing' | null;
  /** Who approved that its content is overwritten from now on. */
  readonly approved: Person | null;
  /** What the peer's own worker returned to this claim, if it could be asked. */
  readonly peer?: PeerRecord;
}

/** outdated → standby, content `none`. Re-seeding follows under the same claim. The same command again changes nothing. */
export function reprotectSite(state: SiteState, order: Order, ground: ReprotectGround): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role === 'standby' && record.content?.state === 'none') return state;
  if (record.role !== 'outdated')
    return refuse('WrongRole', `${record.site} is ${record.role}: only an outdated site is reprotected`);
  if (ground.verdict.site !== record.site || ground.verdict.claim !== order.claim)
    return refuse('NoPermission', `no fence verdict on ${record.site} was given under claim ${order.claim}`);
  if (!ground.inventoryExported)
    return refuse('NotProven', `the inventory of what never crossed from ${record.site} was not exported`);
  if (ground.quarantined === null)
    return refuse('NotProven', `what ${record.site} holds was not saved as a quarantined point`);
  if (!ground.approved) return refuse('NoPermission', `nobody approved that ${record.site} is overwritten`);
  if (facts.tasks.length > 0)
    return refuse('TasksRunning', `a restore may still run in the application of ${record.site}`);
  const { peer } = ground;
  return {
    record: {
      ...record,
      role: 'standby',
      content: { point: null, state: 'none' },
      ...(peer ? { peer: { role: peer.role, epoch: peer.epoch, number: peer.number } } : {}),
    },
    // What was pending belonged to the timeline that was left behind.
    facts: { ...withoutPending(facts), freeze: null, receipt: null, givenUp: [], fenced: ground.verdict },
  };
}

/** Facts of a record that was just made: its journal begins. */
export const newSite = (record: SiteRecord): SiteState => ({
  record,
  facts: { ...NO_FACTS, seen: record.claim.number },
});
