import type { FailoverInput } from '../../model/inputs.ts';
import type { Plan } from '../../model/plan.ts';
import type { PointSummary } from '../../model/points.ts';
import type { Order, PeerRecord, Person, Verdict } from '../../model/record.ts';
import type { ReceiptSummary, SiteView } from '../../model/site-activities.ts';
import type { FailoverResult } from '../../model/status.ts';
import type { Takeover } from '../claiming.ts';
import type { Run } from '../run.ts';

/** Ids of the runbook's steps, in their order. */
export const STEP_IDS = [
  'observe',
  'start',
  'claim',
  'freeze',
  'final-sync',
  'stage',
  'receipt',
  'cutover',
  'demote',
  'promote',
  'redirect',
  'verify',
  'release',
  'commit',
] as const;
export type StepId = (typeof STEP_IDS)[number];

/** What the steps of one failover share. Changed by the steps alone, one at a time. */
export interface Context {
  readonly run: Run;
  readonly input: FailoverInput;
  plan: Plan;
  readonly from: string;
  readonly to: string;
  /** Turns to `gone` at most once. */
  source: 'present' | 'gone';
  /** 0 until a claim was chosen. */
  claim: number;
  /** Sites at which the claim is held. */
  readonly claimedAt: Set<string>;
  /** Claims of this run that were not closed before it took, or turned to take, a higher one. */
  readonly left: Set<number>;
  readonly rounds: Map<StepId, number>;
  /** The step that is being done. */
  step: StepId;
  /** How often the run sent itself back since a person decided last. */
  loops: number;
  fromView?: SiteView;
  /** Gone form: when the source was looked at last. */
  sourceSeenAt?: number;
  toView?: SiteView;
  /** Points that turned out to be damaged in the target's vault: not chosen again. */
  readonly damaged: Set<string>;
  /** Gone form: the point that was quoted. */
  chosen?: PointSummary;
  /** Gone form: what differs at the target from the chosen point, which was restored there. */
  mismatches: readonly string[];
  /** The point taken after the freeze. */
  final?: PointSummary;
  /** A final sync restores at the target, or broke off while it did: what is there is not known to be any point. */
  restoring?: boolean;
  receipt?: ReceiptSummary;
  /** The source's own word, returned under this claim, that it is standby. */
  peer?: PeerRecord;
  verdict?: Verdict;
  /** Gone form: when the verdict was had, or the person spoke on whose word it rests. */
  verdictAt?: number;
  /** The target's own word that it took the role. */
  promotedAs?: PeerRecord;
  /** What was seen beside the sites that is worth a thought before the start is approved. */
  doubts: readonly string[];
  /** When the start was approved: not used in time, by the claim, it lapses. */
  startApprovedAt?: number;
  /** Who approved the cutover: in gone form that person asserts the fence where no means confirms it. */
  cutover?: Person & { readonly at: number };
  /** The operation that holds a claim we need, and whose run is gone. */
  holder?: string;
  takeover?: Takeover;
  tasks?: 'wait' | 'stop-core';
  /** Hooks, by their ids, that a person decided to go on without. */
  readonly hooksLeftOut: Set<string>;
  /** Hooks of each step that were run, until the run is sent back over it. */
  readonly hooksRun: Map<StepId, Set<string>>;
  jobs?: 'cancel-all' | 'wait';
  /** Stops the renewal of the freeze. */
  stopRenewing?: () => void;
  /** The point of no return is behind us. */
  promoted: boolean;
  released: boolean;
  readonly startedAt: string;
  /** Since when the source counts as lost: what a loss is counted from. */
  lostAt?: string;
  frozenAt?: string;
  redirectedAt?: string;
  verifiedAt?: string;
  notes: string[];
}

/** What a step says when it is done: a note, where to go on instead, or that the run ends. */
export type Next =
  | string
  | undefined
  /** `keepHooks`: only a word is had anew, and nothing that hooks were run for was undone. */
  | { readonly goto: StepId; readonly why: string; readonly keepHooks?: true }
  | { readonly end: FailoverResult['outcome']; readonly why: string }
  | { readonly giveBack: true; readonly why: string };

export type Body = (c: Context) => Promise<Next>;

export interface Step {
  readonly id: StepId;
  readonly title: string;
  /** What is done while the source takes part; absent: nothing. */
  readonly present?: Body;
  readonly gone?: Body;
  /** A person may skip it when it is blocked. */
  readonly skippable?: boolean;
  /** Whether it is needed at all, as the sites were found. */
  needed?(c: Context): boolean;
}

export const roundOf = (c: Context, step: StepId): number => c.rounds.get(step) ?? 0;

/** A loop back or an answered retry: what was completed before is not answered from the journal. */
export const nextRound = (c: Context, step: StepId): void => void c.rounds.set(step, roundOf(c, step) + 1);

/** The order that a command of this step carries. */
export const orderOf = (c: Context, step: StepId, part: string = step): Order => ({
  claim: c.claim,
  operation: c.run.operation,
  step: part,
  round: roundOf(c, step),
});

/** The role that the source was found in. */
export const sourceRole = (c: Context): string | undefined => c.fromView?.record?.role;
export const targetRole = (c: Context): string | undefined => c.toView?.record?.role;

/** An earlier run took the target past the point of no return and is gone: what is left of its work is only finished. */
export const standsBy = (c: Context): boolean => targetRole(c) !== 'promoting' && targetRole(c) !== 'active';
