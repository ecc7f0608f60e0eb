import type { PointSummary } from './points.ts';

/** What the workflow `inspect` is asked for: it looks, and changes nothing. */
export interface InspectInput {
  readonly pair: string;
  readonly what: 'sites' | 'points' | 'check';
}

/** Result of `inspect` {what: 'points'}: one entry a site's vault. `sites` answers with a `PairStatus`, `check` with `Finding`s. */
export interface VaultPoints {
  readonly site: string;
  readonly points: readonly (PointSummary & {
    /** Not on the chain of the present active: never chosen by default. */
    readonly lostTimeline?: boolean;
  })[];
  /** Why the vault could not be read. */
  readonly problem?: string;
}

/** Result of the workflow `setup`. */
export interface SetupResult {
  readonly active: string;
  /** What it did, or found done before, a line each. */
  readonly did: readonly string[];
}
