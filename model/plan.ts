import type { Config } from './config.ts';

/**
 * What a run was planned with: the configuration's decisions, without secrets, addresses of secrets or commands. It is
 * fixed at the start of a run; its digest is checked again right before the point of no return.
 */
export interface Plan {
  readonly pair: string;
  readonly digest: string;
  /** Digest of what no run in progress may change: where its installations and vaults are. Absent in plans of old runs. */
  readonly places?: string;
  readonly sites: readonly string[];
  /** Which site the first setup makes active; afterwards the records say so. */
  readonly active: string;
  readonly components: readonly PlannedComponent[];
  readonly approvals: Config['approvals'];
  readonly freeze: { readonly max: number; readonly frontDoor: boolean };
  readonly redirects: readonly { readonly kind: string; readonly name: string }[];
  /** `tells`: it fails where another site answers. */
  readonly checks: readonly { readonly kind: string; readonly name: string; readonly tells?: boolean }[];
  readonly fences: Readonly<
    Record<string, readonly { readonly kind: string; readonly name: string; readonly at: 'site' | 'control' }[]>
  >;
  readonly hooks: readonly PlannedHook[];
  readonly keep: Config['keep'];
  readonly targets: Config['targets'];
  readonly schedule: Config['schedule'];
  readonly clients: string;
  /** Base address of the Temporal UI, for links. */
  readonly ui: string;
  readonly namespace: string;
}

/** `id` says which hook it is, wherever it stands: two that do the same have one each. */
export type PlannedHook = Pick<Config['hooks'][number], 'step' | 'when' | 'at' | 'abortOnFailure'> & {
  readonly id: string;
};

export interface PlannedComponent {
  readonly name: string;
  readonly kind: string;
  readonly notPromised: readonly string[];
  readonly drain: { readonly limit: number; readonly then: 'ask' | 'cancel' | 'wait' };
  readonly jobs: 'ask' | 'resubmit' | 'drop';
  readonly deletions: 'report' | 'remove';
}
