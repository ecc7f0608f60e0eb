import type { ClaimRequest } from './claims.ts';
import type { Traces } from './earlier-life.ts';
import type { Finding } from './finding.ts';
import type { Plan } from './plan.ts';
import type { PointSummary, SealedPart, SealedSummary } from './points.ts';
import type { Order, PeerEvidence, PeerRecord, Person, SiteRecord, Verdict } from './record.ts';

/**
 * What a site worker offers on the queue `understudy.<pair>.<site>`. Every input is one object; whatever is large or
 * may hold a secret (inventories, enabled sets, job requests) stays at the sites and in the vaults, and only its digest or
 * count travels through a history.
 */

export interface ComponentView {
  readonly name: string;
  readonly identity: string;
  readonly version: string;
  readonly started: string;
  /** The application's own, where it tells; the machine's is `SiteView.timeZone`. */
  readonly timeZone?: string;
  readonly healthy: boolean;
  readonly says: string;
  readonly executing: boolean;
  /** Nothing of it acts by itself. */
  readonly executesNothing?: true;
  readonly startsWithMachine: boolean;
  readonly tasks: number;
  /** Set when the application could not be asked at all. */
  readonly problem?: string;
}

/** What a site tells of itself. Never answered from the journal. */
export interface SiteView {
  readonly site: string;
  readonly record: SiteRecord | null;
  /** Why there is no readable record (UNKNOWN). */
  readonly recordProblem?: string;
  readonly held: boolean;
  readonly frozen: boolean;
  readonly openTasks: number;
  readonly givenUpJobs: number;
  /** Highest claim number seen here, in the record, the journal and the peer's mirror. */
  readonly seen: number;
  readonly lastPoint: string | null;
  /** Its own fences that are up, and cores that were stopped. */
  readonly down: readonly string[];
  readonly components: readonly ComponentView[];
  readonly points: readonly PointSummary[];
  readonly vaultProblem?: string;
  /** The peer's mirror, as found in the peer's vault. */
  readonly peerMirror?: PeerEvidence;
  readonly clock: string;
  readonly timeZone: string;
  readonly configDigest: string;
}

/** What a granted claim returns: the record as read under it. */
export interface Grant {
  readonly record: SiteRecord;
  readonly evidence: PeerRecord;
  readonly held: boolean;
  readonly lastPoint: string | null;
}

export interface BackupResult {
  readonly point: string;
  readonly component: string;
  readonly bytes: number;
  readonly stored: number;
  readonly sha256: string;
  readonly moving: number;
  /** Of a package: why it, or a part of it that matters, was not taken apart: more is stored and moved than changed. */
  readonly plain?: string;
}

export interface ProofResult {
  readonly point: string;
  readonly equal: number;
  /** Number of expected differences by the rule that expects them. */
  readonly expected: Readonly<Record<string, number>>;
  /** What the target has more than the point. */
  readonly extras: number;
  /** The first 20, as `component: kind/name difference`. */
  readonly mismatches: readonly string[];
}

/** What travels of a receipt: lists stay in the manifest of its point. */
export interface ReceiptSummary {
  readonly claim: number;
  readonly operation: string;
  readonly point: string;
  readonly projections: Readonly<Record<string, string>>;
  readonly started: Readonly<Record<string, string>>;
  /** Digest of the enabled set, and how many items it has. */
  readonly enabled: { readonly digest: string; readonly items: number };
  readonly givenUp: number;
}

export interface FreezeResult {
  /** Milliseconds since clients were shut out, by the site's clock: what its clock shows is nobody else's time. */
  readonly closedFor: number;
  readonly enabledItems: number;
  readonly givenUp: number;
  /** What still runs: it is not frozen yet, and this is called again, in the next round. */
  readonly draining?: string;
  readonly notes: readonly string[];
}

export interface SiteActivities {
  /** `deep`: vault and components too; otherwise only what the site's own files say. */
  observe(input: { readonly pair: string; readonly deep: boolean }): Promise<SiteView>;
  check(input: { readonly pair: string }): Promise<readonly Finding[]>;

  /** Makes the record where it is absent, under the site's lock. Same setup id: completes. Another: refused. */
  establish(input: {
    readonly pair: string;
    readonly setup: string;
    readonly role: 'active' | 'standby';
    readonly ordinal: 1 | 2;
    /** The peer's record as its own worker returned it in this setup; null: it has none. */
    readonly peer: SiteRecord | null;
    readonly peerIdentity: SiteRecord['identity'];
    /** Claim number and epoch of the new records. */
    readonly number: number;
    /** What the applications themselves show against the configured active, in words. */
    readonly evidenceAgainst?: string;
  }): Promise<SiteRecord>;
  /** Adds to the record what the configuration got since the pair was set up. Repeated, it changes nothing. */
  addComponents(input: {
    readonly pair: string;
    readonly peer: SiteRecord;
    readonly peerIdentity: SiteRecord['identity'];
    readonly evidenceAgainst?: string;
  }): Promise<SiteRecord>;
  /** What identifies the components here; makes markers where a kind needs one. */
  identify(input: { readonly pair: string }): Promise<Readonly<Record<string, string>>>;
  createVault(input: { readonly pair: string }): Promise<void>;
  /** What the vaults tell of a life that the pair had before; asked where both records are missing. */
  findTraces(input: { readonly pair: string }): Promise<Traces>;
  setPaused(input: { readonly pair: string; readonly paused: Person | null }): Promise<void>;
  /** Hands over what the peer's own worker said; the site fences itself if it is superseded. */
  hearPeer(input: { readonly pair: string; readonly peer: PeerEvidence }): Promise<{ readonly role: string }>;

  claim(input: {
    readonly pair: string;
    readonly request: ClaimRequest;
    readonly round: number;
    readonly tasks?: 'wait' | 'stop-core';
    /** With a takeover: the operation that is taken over. An open claim of any other is left alone. */
    readonly holder?: string;
  }): Promise<Grant>;
  closeClaim(input: { readonly order: Order }): Promise<PeerRecord>;

  /** Front door, holds, drain, proof. Fails with `NotDrained` when jobs are left and `jobs` is `ask`. */
  /**
   * `cancel`: what cannot be run again is not cancelled, but asked about; `cancel-all`: a person said that it may be lost.
   */
  freeze(input: {
    readonly order: Order;
    readonly jobs: 'ask' | 'cancel' | 'cancel-all' | 'wait';
  }): Promise<FreezeResult>;
  renewFreeze(input: { readonly order: Order }): Promise<void>;
  thaw(input: { readonly order: Order }): Promise<void>;

  backup(input: {
    readonly order: Order;
    readonly component: string;
    readonly purpose: 'sync' | 'final';
  }): Promise<BackupResult>;
  /** Writes the manifest of what `backup` stored in this round; from here on the point exists. */
  seal(input: {
    readonly order: Order;
    readonly purpose: 'sync' | 'final';
    readonly startedAt: string;
  }): Promise<SealedSummary>;
  /** `parts` only spares a look into the peer's vault: what they are is compared with the manifest here. */
  pull(input: {
    readonly order: Order;
    readonly point: string;
    readonly parts?: readonly SealedPart[];
  }): Promise<PointSummary>;
  verify(input: { readonly order: Order; readonly point: string }): Promise<void>;
  restore(input: {
    readonly order: Order;
    readonly point: string;
    readonly component: string;
  }): Promise<{ readonly notes: readonly string[] }>;
  /** After the last component's restore: `restored`, compared with the point, `proven` when nothing mismatches. */
  prove(input: { readonly order: Order; readonly point: string }): Promise<ProofResult>;
  /** `chain` is worked out from the vault's own manifests and the tip that is named. */
  prune(input: {
    readonly order: Order;
    readonly tip: string;
    readonly keep: { readonly last: number; readonly hourly: number; readonly daily: number; readonly weekly: number };
  }): Promise<{ readonly removed: number }>;
  clean(input: { readonly order: Order }): Promise<void>;

  stage(input: { readonly order: Order }): Promise<{ readonly notes: readonly string[] }>;
  issueReceipt(input: { readonly order: Order; readonly point: string }): Promise<ReceiptSummary>;
  acceptReceipt(input: { readonly order: Order; readonly receipt: ReceiptSummary }): Promise<ProofResult>;

  /** Re-checks the receipt under the lock, `demoting`, makes the site quiet, runs its own fences, reads back: `standby`. */
  demote(input: {
    readonly order: Order;
    /** The point of the receipt that this demotion counts on. */
    readonly point?: string;
  }): Promise<{
    readonly verdict: Verdict;
    readonly evidence: PeerRecord;
    /** Jobs that clients which cannot be shut out got accepted since the site was drained. */
    readonly late?: readonly string[];
  }>;
  /** Tells the peer, through the vault, whose claim is open here: a fenced peer that comes back stays held by it. */
  publish(input: { readonly order: Order }): Promise<void>;
  /** Runs one fence of this site that is configured `at: site`, and reads it back. */
  fence(input: {
    readonly order: Order;
    readonly name: string;
  }): Promise<{ readonly result: 'confirmed' | 'ask' | 'failed'; readonly says: string }>;

  /** The point of no return: `promoting`, fsynced before it returns. The guard publishes the mirror beside it, at once. */
  promote(input: {
    readonly order: Order;
    readonly peer?: PeerRecord;
    readonly verdict?: Verdict;
    readonly chosenPoint?: string;
    readonly configDigest: string;
  }): Promise<PeerRecord>;
  /** Executing parts started, every queue served, smoke job at the site's own address, then `active`. */
  activate(input: {
    readonly order: Order;
  }): Promise<{ readonly notes: readonly string[]; readonly evidence: PeerRecord }>;
  /** Enables exactly the pending set. `givenUp`: jobs that are owed here, and still to be settled. */
  release(input: { readonly order: Order }): Promise<{ readonly items: number; readonly givenUp?: number }>;
  /** Of these components only. `left`: jobs of others that are still to be settled. */
  settleJobs(input: {
    readonly order: Order;
    readonly how: 'resubmit' | 'drop';
    readonly components: readonly string[];
  }): Promise<{
    readonly jobs: number;
    readonly left: number;
    /** Titles of those that cannot be run again: a person let them be cancelled. */
    readonly lost?: readonly string[];
  }>;
  /** The former source: what was pending there belongs to the new active. */
  handOver(input: { readonly order: Order; readonly peer?: PeerEvidence }): Promise<PeerRecord>;

  journalRedirect(input: {
    readonly order: Order;
    readonly name: string;
    readonly to: string;
    readonly phase: 'intent' | 'done';
  }): Promise<void>;
  /** A client check seen from this site. */
  runCheck(input: {
    readonly pair: string;
    readonly name: string;
    readonly site: string;
    readonly identity: Readonly<Record<string, string>>;
  }): Promise<{ readonly ok: boolean; readonly saw: string }>;
  runHook(input: {
    readonly order: Order;
    readonly hook: string;
    readonly facts: Readonly<Record<string, string>>;
  }): Promise<{ readonly says: string }>;
}

/** What the control worker offers on the queue `understudy`. */
export interface ControlActivities {
  /** The plan for this pair, or a failure that names the pair this worker knows. */
  /** Null: another control worker knows this pair. Where nobody does, it fails with an input that is right here. */
  loadPlan(input: { readonly pair: string }): Promise<Plan | null>;
  checkControl(input: { readonly pair: string }): Promise<readonly Finding[]>;
  /** Which of these runs are gone (closed, or not known to this Temporal). */
  runsGone(input: { readonly operations: readonly string[] }): Promise<readonly string[]>;
  readRedirect(input: { readonly pair: string; readonly name: string }): Promise<{ readonly leadsTo: string }>;
  moveRedirect(input: {
    readonly pair: string;
    readonly name: string;
    readonly to: string;
  }): Promise<{ readonly moved: boolean; readonly ask?: string }>;
  /** A client check seen from control. Fails with `NotYet` while it does not hold. */
  runCheck(input: {
    readonly pair: string;
    readonly name: string;
    readonly site: string;
    readonly identity: Readonly<Record<string, string>>;
  }): Promise<{ readonly ok: boolean; readonly saw: string }>;
  fence(input: {
    readonly pair: string;
    readonly site: string;
    readonly name: string;
  }): Promise<{ readonly result: 'confirmed' | 'ask' | 'failed'; readonly says: string }>;
  runHook(input: {
    readonly pair: string;
    readonly hook: string;
    readonly facts: Readonly<Record<string, string>>;
  }): Promise<{ readonly says: string }>;
  /** Leaves the report as a file beside the control worker's configuration. */
  keepReport(input: { readonly pair: string; readonly run: string; readonly report: unknown }): Promise<void>;
}
