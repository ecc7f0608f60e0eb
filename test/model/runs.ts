import type { Receipt } from '../../model/receipt.ts';
import type { OperationKind, PeerRecord, Verdict } from '../../model/record.ts';
import type { Command } from './commands.ts';
import { NAMES, other, type Where } from './world.ts';

/** What one run is and may decide. */
export interface Operation {
  readonly name: string;
  readonly kind: 'failover' | 'unplanned' | 'sync' | 'reprotect';
  readonly to: Where;
  /** The former claim's run is said to be gone, whatever it is. */
  readonly takeover: boolean;
  /** Decisions that people may take at any time before the point of no return. */
  readonly may: readonly ('give-back' | 'without-source')[];
  readonly verdicts: readonly Split[];
  /** Times that it may go back to the freeze. */
  readonly loops: number;
}
type Split = 'asserted' | 'confirmed';

/** Where a run is and what it remembers. Its commands so far are kept by the explorer: they may arrive at any time. */
export interface Run {
  readonly at: Step;
  readonly number: number;
  readonly loops: number;
  readonly point: string | null;
  readonly receipt: Receipt | null;
  /** The peer's record, as returned to a command of the present claim. */
  readonly peer: PeerRecord | null;
  readonly verdict: Split | null;
}

export type Step =
  | 'begin'
  | 'claim-source'
  | 'claim-target'
  | 'freeze'
  | 'hold'
  | 'backup'
  | 'restore'
  | 'prove'
  | 'receipt'
  | 'accept'
  | 'demote'
  | 'demote-end'
  | 'promote'
  | 'activate'
  | 'release'
  | 'hand-over'
  | 'close-source'
  | 'close-target'
  | 'abort'
  | 'back'
  | 'back-claim-target'
  | 'back-claim-source'
  | 'back-demote-end'
  | 'back-promote'
  | 'back-activate'
  | 'back-release'
  | 'gone'
  | 'gone-claim'
  | 'gone-restore'
  | 'gone-prove'
  | 'gone-verdict'
  | 'gone-promote'
  | 'reprotect'
  | 'stuck'
  | 'end';

export const firstRun = (operation: Operation): Run => ({
  at: operation.kind === 'unplanned' ? 'gone' : 'begin',
  number: 0,
  loops: 0,
  point: null,
  receipt: null,
  peer: null,
  verdict: null,
});

const KIND: Readonly<Record<Operation['kind'], OperationKind>> = {
  failover: 'failover',
  unplanned: 'failover',
  sync: 'sync',
  reprotect: 'reprotect',
};

/** The command that a run waits for, where it waits for one. */
export function commandOf(operation: Operation, run: Run): Command | null {
  const { to } = operation;
  const from = other(to);
  const order = { claim: run.number, operation: operation.name };
  const source = { site: from, ...order };
  const target = { site: to, ...order };
  const claim = { do: 'claim', kind: KIND[operation.kind], takeover: operation.takeover } as const;
  const point = run.point ?? '';
  switch (run.at) {
    case 'claim-source':
      return { ...source, ...claim, towards: to };
    case 'claim-target':
    case 'gone-claim':
      return { ...target, ...claim, towards: to };
    case 'back-claim-target':
      return { ...target, ...claim, kind: 'give-back', towards: from };
    case 'back-claim-source':
      return { ...source, ...claim, kind: 'give-back', towards: from };
    case 'freeze':
    case 'hold':
    case 'backup':
    case 'demote-end':
      return { ...source, do: run.at };
    case 'back-demote-end':
      return { ...source, do: 'demote-end' };
    case 'abort':
      return { ...source, do: 'thaw' };
    case 'receipt':
    case 'demote':
      return { ...source, do: run.at, point };
    case 'restore':
    case 'gone-restore':
      return { ...target, do: 'restore', point };
    case 'prove':
    case 'gone-prove':
      return { ...target, do: 'prove', point };
    case 'accept':
      return run.receipt ? { ...target, do: 'accept', receipt: run.receipt } : null;
    case 'promote':
      return { ...target, do: 'promote', ...(run.peer ? { peer: run.peer } : {}) };
    case 'back-promote':
      return { ...source, do: 'promote', ...(run.peer ? { peer: run.peer } : {}) };
    case 'gone-promote': {
      const verdict: Verdict = {
        site: NAMES[from],
        result: run.verdict ?? 'asserted',
        means: 'manual',
        claim: run.number,
      };
      return { ...target, do: 'promote', verdict, point };
    }
    case 'activate':
      return { ...target, do: 'activate' };
    case 'back-activate':
      return { ...source, do: 'activate' };
    case 'release':
      return { ...target, do: 'release' };
    case 'back-release':
      return { ...source, do: 'release' };
    case 'hand-over':
      return run.peer ? { ...source, do: 'hand-over', peer: run.peer } : null;
    case 'close-source':
      return { ...source, do: 'close' };
    case 'close-target':
      return { ...target, do: 'close' };
    case 'reprotect':
      return { ...target, do: 'reprotect' };
    default:
      return null;
  }
}
