import type { Readable } from 'node:stream';
import type { EnabledSet, GivenUpJob } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import type { ExpectedRule, Projection } from '../../model/inventory.ts';

/** One component's part of an enabled set: per kind, the names that were enabled. */
export type Enabled = EnabledSet[string];

/** How far a long step is. `total` in bytes where it is known. */
export interface Progress {
  readonly what: string;
  readonly bytes?: number;
  readonly total?: number;
}

/** What a component may use while it works: cancellation, heartbeats, and the journal for what outlives us. */
export interface Work {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** The same for each attempt at this component and point under this claim: names of packages and tasks derive from it. */
  readonly key: string;
  /** Names of tasks that earlier attempts posted and that have no known end yet: adopt or settle them before posting anew. */
  readonly openTasks: readonly string[];
  /** Journals (fsynced) that a restore is about to be posted to the application under this unique name. */
  intendTask(name: string): Promise<void>;
  /** Journals that the task has a known end. */
  taskEnded(name: string, how: string): Promise<void>;
}

export interface Health {
  readonly healthy: boolean;
  /** One line: what it said. */
  readonly says: string;
}

/** What can be seen at little cost: it is read at every look. The inventory is read apart, since it may take minutes. */
export interface Observation {
  readonly identity: string;
  readonly version: string;
  /** When the application started, as stable as it can be told: a change means it started anew. */
  readonly started: string;
  /** The application's own time zone in its own words, where it tells: both sites need the same. */
  readonly timeZone?: string;
  readonly health: Health;
  /** Whether the parts that act by themselves run now, and whether they start with the machine; `none`: it has no such part. */
  readonly executing: { readonly running: boolean; readonly startsWithMachine: boolean; readonly none?: boolean };
  /** Unfinished restores or imports in the application, whoever posted them. */
  readonly tasks: readonly { readonly name: string; readonly since: string }[];
}

/** A running backup: read `stream` to its end, then ask `finish`. */
export interface BackupStream {
  readonly stream: Readable;
  /** Name of the file inside the snapshot, e.g. `package.fsconfig`. */
  readonly file: string;
  readonly bytes?: number;
  /** `zip`: a package that is worth being taken apart; anything else is stored as it comes. */
  readonly format?: 'zip' | 'stream';
  /** Checks at the source that the backup is whole; throws if it is not. Called once, after the stream's end. */
  finish(): Promise<void>;
  /** Where the kind can tell: the inventory of exactly what the stream held, once it has ended and `finish` too. */
  inventory?(): Projection;
}

export interface Drain {
  readonly running: readonly GivenUpJob[];
  readonly queued: readonly GivenUpJob[];
}

/**
 * What is protected: one installation of one application at one site. Every method is idempotent: observe → act if needed
 * → observe. `identify` is called again by the site right before each method that changes the application.
 */
export interface Component {
  readonly kind: string;
  /** Differences that a restore of this kind cannot avoid. */
  readonly expected: readonly ExpectedRule[];
  /** What this kind cannot promise, in words for the plan and the approvals (empty: it promises everything). */
  readonly notPromised: readonly string[];

  /** Makes what `identify` reads, where a kind has nothing of its own. Repeatable; only `setup` calls it. */
  establish?(): Promise<void>;
  identify(): Promise<string>;
  observe(signal: AbortSignal): Promise<Observation>;
  /** What it holds, made by the same code at both sites. It may read all of it. */
  inventory(signal: AbortSignal): Promise<Projection>;

  backup(work: Work): Promise<BackupStream>;
  /** Into a quiet standby only. Must leave what acts by itself held. Adopts a task that an earlier attempt posted. */
  restore(
    work: Work,
    input: { readonly stream: () => Promise<Readable>; readonly file: string; readonly bytes: number },
  ): Promise<void>;
  /** Optional: what the active deleted is deleted here too, within the cap. Returns what was removed and what was only listed. */
  removeExtras?(
    work: Work,
    source: Projection,
  ): Promise<{ readonly removed: readonly string[]; readonly listed: readonly string[] }>;

  /** What acts by itself and is enabled now. */
  enabled(signal: AbortSignal): Promise<Enabled>;
  /** Holds everything that acts by itself, whatever it is. */
  hold(work: Work): Promise<void>;
  /**
   * Enables exactly this set, and nothing else. Returns what of it is not there at all; everything else is as it should be
   * then.
   */
  release(work: Work, set: Enabled): Promise<readonly string[]>;

  /** Jobs that still run or wait. */
  drain(signal: AbortSignal): Promise<Drain>;
  /**
   * Cancels jobs; afterwards none of them runs or waits. Returns the ids of those that had ended by themselves before they
   * could be cancelled: they were done, and must not be run again.
   */
  cancel(work: Work, jobs: readonly GivenUpJob[]): Promise<readonly string[]>;
  /** Runs a given-up job again, once: keyed by the job, so that a repeated call does not run it twice. */
  resubmit(work: Work, job: GivenUpJob): Promise<void>;
  /** Tries a client's write (through `clients` if configured) and throws unless it was refused. */
  proveFrozen(work: Work): Promise<void>;

  /** Quiet: executing parts stopped and not started with the machine. Also the fence `services`. */
  quiet(work: Work): Promise<void>;
  /**
   * As far as the machine alone can do it, without asking the application: for a site that has to fence itself while nobody
   * answers for its identity.
   */
  stopExecuting?(work: Work): Promise<void>;
  /** Before promotion, as far as it goes with the executing parts stopped: service, licence, keys, drivers, no backlog. */
  stage(work: Work): Promise<readonly string[]>;
  /**
   * Starts the executing parts, until the application serves at its own address; runs the smoke job if configured. The
   * backlog is cancelled before, unless it is kept: an active site whose machine was restarted has accepted what waits.
   */
  start(work: Work, how?: { readonly backlog: 'cancel' | 'keep' }): Promise<readonly string[]>;
  /** Stops even the core, so that a task it still runs is dead; reads that back. Never on an active site. */
  stopCore?(work: Work): Promise<void>;
  /** Starts a stopped core, and waits until it answers; nothing where it runs. Its executing parts stay as they are. */
  startCore?(work: Work): Promise<void>;
  /** Removes our own leftovers (packages), also those of crashed runs; never anything else. */
  clean(work: Work): Promise<void>;

  /** Everything a sync and a failover need, without changing anything. An active site has to hold what a standby is given. */
  check(signal: AbortSignal, at?: { readonly active: boolean }): Promise<readonly Finding[]>;
}
