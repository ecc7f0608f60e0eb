import type { Finding } from '../../model/finding.ts';

export type FenceResult =
  | { readonly result: 'confirmed'; readonly saw: string }
  | { readonly result: 'ask'; readonly todo: string }
  | { readonly result: 'failed'; readonly why: string };

/** A means that makes sure a site cannot act as active. `fence` acts and reads back; `read` only looks. */
export interface Fence {
  readonly kind: string;
  readonly name: string;
  /** Where it runs: at the fenced site itself, or from control. */
  readonly at: 'site' | 'control';
  /** Stronger than quiet (power, firewall, core stopped): journaled as down, lowered only under a claim. */
  readonly stronger: boolean;
  fence(signal: AbortSignal): Promise<FenceResult>;
  read(signal: AbortSignal): Promise<FenceResult>;
  lower?(signal: AbortSignal): Promise<void>;
  check(signal: AbortSignal): Promise<readonly Finding[]>;
}
