import type { Facts } from './facts.ts';
import type { SiteRecord } from './record.ts';

/** What the rules decide on: the record, and the facts folded from the journal. */
export interface SiteState {
  readonly record: SiteRecord;
  readonly facts: Facts;
}

/** The closed set of reasons for which a site refuses a command. Refusals change nothing. */
export const REFUSALS = [
  'StaleClaim',
  'Busy',
  'NumberTooLow',
  'WrongParity',
  'TasksRunning',
  'WrongRole',
  'NoPermission',
  'NotProven',
  'NoReceipt',
  'FreezeBroken',
  'Superseded',
  'OtherSetup',
  'Contradiction',
] as const;
export type RefusalType = (typeof REFUSALS)[number];

/** Of a failure: the site refused, and nothing was changed by the command. */
export const isRefusalType = (type: string): boolean => (REFUSALS as readonly string[]).includes(type);

export interface Refusal {
  readonly refused: RefusalType;
  /** One sentence a person reads: what was asked and why not. */
  readonly why: string;
}

export type Ruling<T = SiteState> = T | Refusal;

export const refuse = (refused: RefusalType, why: string): Refusal => ({ refused, why });

export const isRefusal = (ruling: unknown): ruling is Refusal =>
  typeof ruling === 'object' && ruling !== null && 'refused' in ruling;

export const withRecord = (state: SiteState, change: Partial<SiteRecord>): SiteState => ({
  ...state,
  record: { ...state.record, ...change },
});
