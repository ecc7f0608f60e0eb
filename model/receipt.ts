import type { EnabledSet, GivenUpJob } from './facts.ts';

/** What the frozen active held, reproduced on the standby. Bound to one claim and one unbroken freeze; used once. */
export interface Receipt {
  readonly claim: number;
  readonly operation: string;
  /** The point taken after the freeze. */
  readonly point: string;
  /** Per component: digest of the projection read from the frozen source. */
  readonly projections: Readonly<Record<string, string>>;
  /** Per component: the application's start time during the freeze. */
  readonly started: Readonly<Record<string, string>>;
  /** Enabled at the active before the freeze: what promotion enables, no more and no less. */
  readonly enabled: EnabledSet;
  /** Jobs that were given up when the active was drained: they travel with the receipt to the target. */
  readonly givenUp: readonly GivenUpJob[];
}
