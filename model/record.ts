/**
 * What a site itself remembers. The records at the sites, not Temporal, are the truth: a run, `pair` and the CLI only
 * read them and ask for changes, and every change goes through the rules in this folder.
 */

/** `setup` fixes 1 or 2 for each site; it decides the parity of claim numbers, so epochs of two actives never coincide. */
export type Ordinal = 1 | 2;

export const ROLES = ['active', 'demoting', 'standby', 'promoting', 'outdated'] as const;
export type Role = (typeof ROLES)[number];

export type OperationKind = 'setup' | 'sync' | 'drill' | 'failover' | 'give-back' | 'reprotect';

/** The right of one operation to change this site. Its number is the fencing token. */
export interface Claim {
  readonly number: number;
  /** Workflow id and run id of the operation, joined by a slash. */
  readonly operation: string;
  readonly kind: OperationKind;
  readonly closed: boolean;
  /** Set when a named person took the claim over from a run that was gone. */
  readonly takenOver?: Person;
}

/** Who says so, and why. A claim, not a proof: shown beside the caller's Temporal identity. */
export interface Person {
  readonly who: string;
  readonly why: string;
}

/** How sure we are that a site cannot act: seen, or said by a person. */
export interface Verdict {
  readonly site: string;
  readonly result: 'confirmed' | 'asserted';
  /** The means that was used or looked at, e.g. `services` or `manual`. */
  readonly means: string;
  /** Claim number under which the verdict was given: a verdict serves one claim only. */
  readonly claim: number;
  readonly by?: Person;
}

/** The peer's role as last evidenced. */
export interface PeerEvidence {
  readonly role: Role;
  readonly epoch: number;
  readonly number: number;
  /** The operation that holds its claim; absent: the claim is closed. */
  readonly open?: { readonly kind: OperationKind; readonly operation: string };
}

/** What the peer's own worker returned to a command of one claim. */
export interface PeerRecord extends PeerEvidence {
  readonly operation: string;
  readonly content?: Content;
}

export type Permission =
  | { readonly by: 'setup'; readonly setup: string }
  | { readonly by: 'peer'; readonly peer: PeerRecord }
  | { readonly by: 'verdict'; readonly verdict: Verdict };

/** What a site that does not act holds. `own`: what it held when it was demoted, untouched since. */
export interface Content {
  readonly point: string | null;
  readonly state: 'own' | 'none' | 'writing' | 'restored' | 'proven';
}

/** One small file per site, replaced atomically under the site's lock. */
export interface SiteRecord {
  readonly format: 1;
  readonly pair: string;
  readonly site: string;
  readonly ordinal: Ordinal;
  /** Id of the setup that made the record; another one is refused. */
  readonly setup: string;
  /** Per component, what tells this installation from any other and no restore carries over. */
  readonly identity: Readonly<Record<string, string>>;
  readonly claim: Claim;
  readonly role: Role;
  /** Claim number under which the role was last taken or given up. */
  readonly epoch: number;
  readonly permission?: Permission;
  readonly peer?: PeerEvidence;
  readonly content?: Content;
  /** Raised before each backup taken here. */
  readonly sequence: number;
  readonly paused?: Person;
}

/** What every later command carries; the site refuses any other than the granted, open claim. */
export interface Order {
  readonly claim: number;
  readonly operation: string;
  readonly step: string;
  /** A Temporal retry keeps it; a loop back or an answered `retry` raises it. */
  readonly round: number;
}

export const acting = (role: Role): boolean => role === 'active' || role === 'demoting' || role === 'promoting';

/** What the peer is told of a claim that is not closed. */
export const openClaim = ({ claim }: SiteRecord): Pick<PeerEvidence, 'open'> =>
  claim.closed ? {} : { open: { kind: claim.kind, operation: claim.operation } };

/** The evidence that a record gives to the peer. */
export const evidence = (record: SiteRecord): PeerRecord => ({
  role: record.role,
  epoch: record.epoch,
  number: record.claim.number,
  operation: record.claim.operation,
  ...openClaim(record),
  ...(record.content ? { content: record.content } : {}),
});
