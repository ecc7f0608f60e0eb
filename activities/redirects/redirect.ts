import type { Finding } from '../../model/finding.ts';

/** Where the clients' address leads, as far as the means can tell. */
export type LeadsTo = string | 'unknown';

/** One way to move clients. Every method is idempotent; `read` is used before and after. */
export interface Redirect {
  readonly kind: string;
  readonly name: string;
  /** Whether it tells where clients are led to: what it says after a move counts then, also that it names no site. */
  readonly readsBack: boolean;
  /** Name of the site it leads to now, or `unknown` where it cannot be read back or names no site. */
  read(signal: AbortSignal): Promise<LeadsTo>;
  /** Moves the clients. For `manual`: returns `ask` with what a person has to do. */
  move(signal: AbortSignal, to: string): Promise<'moved' | { readonly ask: string }>;
  check(signal: AbortSignal): Promise<readonly Finding[]>;
}
