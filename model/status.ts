import type { Ask } from './asks.ts';
import type { Mode } from './inputs.ts';
import type { PairState } from './pair-state.ts';

/** What a run tells when it is asked (query `status`), and what its current details are made of. */

export type StepState = 'waiting' | 'running' | 'done' | 'skipped' | 'blocked' | 'asking' | 'undone' | 'not-needed';

export interface StepStatus {
  readonly id: string;
  readonly title: string;
  readonly state: StepState;
  /** One line: what came out, or what it waits for. */
  readonly note?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export interface RunStatus {
  readonly kind: 'sync' | 'failover' | 'reprotect' | 'drill';
  readonly pair: string;
  readonly from?: string;
  readonly to?: string;
  readonly mode?: Mode;
  /** `gone`: the source takes no part any more. */
  readonly source?: 'present' | 'gone';
  readonly claim?: number;
  readonly steps: readonly StepStatus[];
  readonly ask?: Ask;
  readonly paused?: { readonly who: string; readonly why: string };
  readonly point?: string;
  /** Why the last signal was not taken: a signal has no reply, so it is told here. */
  readonly refused?: string;
  /** How the run ended, in a sentence or two. */
  readonly ended?: string;
}

/** Result of a `sync` run. */
export interface SyncResult {
  readonly outcome: 'synced' | 'busy' | 'paused' | 'nothing-to-do';
  /** Why, when it is not `synced`. */
  readonly why?: string;
  readonly point?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bytes?: number;
  /** Control side's time just before the backup began. */
  readonly pointTime?: string;
  /** Items that the standby has more than the active. */
  readonly extras?: number;
  readonly notes?: readonly string[];
  /** Of the notes: what of an earlier freeze or promotion could not be released yet. */
  readonly held?: readonly string[];
  /** Of the notes: what became of jobs that a run which is gone had given up, and which wait for a decision. */
  readonly jobs?: readonly string[];
}

/** Result of a `failover` run: the report. Times are ISO, durations in milliseconds. */
export interface FailoverResult {
  readonly outcome: 'committed' | 'rejected' | 'given-back' | 'aborted' | 'already-there';
  readonly why?: string;
  readonly pair: string;
  readonly from: string;
  readonly to: string;
  readonly mode: Mode;
  readonly reason: string;
  readonly claim?: number;
  readonly point?: string;
  /** Control side's time just before the backup of the promoted point began: what a loss is counted from. */
  readonly pointTime?: string;
  /** When clients were shut out (no front door: never), and when they were led to the new site: the outage of a planned failover. */
  readonly frozenAt?: string;
  readonly redirectedAt?: string;
  /** Measured: how much was lost (unplanned), 0 for a planned one whose receipt was checked. */
  readonly rpo?: number;
  /** Measured: from the freeze (planned) or the start of the run (unplanned) until verified. */
  readonly rto?: number;
  readonly verdict?: { readonly result: 'confirmed' | 'asserted'; readonly means: string; readonly who?: string };
  readonly answers: readonly {
    readonly step: string;
    readonly choice: string;
    readonly who: string;
    readonly why: string;
    readonly at: string;
  }[];
  readonly steps: readonly StepStatus[];
  /** What a person should know: hooks that failed, lapsed approvals, claims that stayed open. */
  readonly notes: readonly string[];
  /** Of the pair, afterwards. */
  readonly state: PairState;
}

/** What `pair` tells (query `status`). */
export interface PairStatus {
  readonly pair: string;
  readonly state: string;
  readonly active: string | null;
  readonly runs: readonly {
    readonly id: string;
    readonly kind: string;
    readonly step: string;
    /** The question that the run waits with. */
    readonly asks?: string;
  }[];
  /** The newest point known to protect the active site; after an unplanned failover there is none until the next sync. */
  readonly lastSync: { readonly point: string; readonly at: string } | null;
  readonly sites: readonly {
    readonly site: string;
    readonly role: string;
    readonly epoch: number;
    readonly claim: number;
    readonly content: string;
    readonly reachable: boolean;
    readonly health: string;
  }[];
  readonly clients: string;
  /** Redirects that lead to another site than the active one, each in a sentence. */
  readonly astray?: readonly string[];
  /** Accepted jobs that were given up and are still to be run or dropped, and what becomes of them. */
  readonly owed?: readonly string[];
  /** Who paused the syncs. */
  readonly paused?: { readonly who: string; readonly why: string };
  /** Why the last signal was not taken: a signal has no reply, so it is told here. */
  readonly refused?: string;
  readonly observedAt: string | null;
}

/** What a run reports to `pair` (signal `report`). */
export interface RunReport {
  readonly id: string;
  readonly kind: 'sync' | 'failover';
  readonly step: string;
  /** The question that the run waits with; absent: it waits for nobody. */
  readonly asks?: string;
  readonly ended?: boolean;
  readonly claim?: number;
  /** After a good sync or a promotion. */
  readonly point?: { readonly id: string; readonly at: string };
  readonly active?: string;
}

/** Names of messages. Registered by these strings in every run. */
export const MESSAGES = {
  /** Signal and update on `failover`: `Answer`. */
  answer: 'answer',
  /** Signals and updates on `failover`, `sync`, `pair`. */
  pause: 'pause',
  resume: 'resume',
  /** Signal on `pair`. */
  report: 'report',
  /** Query on every workflow. */
  status: 'status',
} as const;
