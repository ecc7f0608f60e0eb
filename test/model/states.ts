import { type Facts, NO_FACTS } from '../../model/facts.ts';
import type { Receipt } from '../../model/receipt.ts';
import type { Claim, Order, PeerRecord, SiteRecord, Verdict } from '../../model/record.ts';
import { isRefusal, type Ruling, type SiteState } from '../../model/refusal.ts';

/** Small states to speak of rules with: site A (ordinal 1) and site B (ordinal 2), a failover to B under claim 4. */

export const NOW = '2026-01-01T00:00:00Z';
export const SET = { app: { schedules: ['nightly'] } };
export const order: Order = { claim: 4, operation: 'failover/p/run', step: 'step', round: 1 };
export const claim: Claim = { number: 4, operation: order.operation, kind: 'failover', closed: false };

export function site(
  name: 'A' | 'B',
  role: SiteRecord['role'],
  record: Partial<SiteRecord> = {},
  facts: Partial<Facts> = {},
): SiteState {
  return {
    record: {
      format: 1,
      pair: 'p',
      site: name,
      ordinal: name === 'A' ? 1 : 2,
      setup: 'first',
      identity: { app: `machine of ${name}` },
      claim,
      role,
      epoch: 3,
      sequence: 7,
      ...record,
    },
    facts: { ...NO_FACTS, seen: 4, ...facts },
  };
}

export const frozen = {
  claim: 4,
  operation: order.operation,
  phase: 'frozen',
  renewed: NOW,
  started: { app: 't1' },
} as const;

export const receipt: Receipt = {
  claim: 4,
  operation: order.operation,
  point: 'e3.s8',
  projections: { app: 'digest' },
  started: { app: 't1' },
  enabled: SET,
  givenUp: [],
};

export const task = { claim: 4, component: 'app', point: 'e3.s8', name: 'u-1' };
export const unchanged = { inventorySame: true, startSame: true };

export const verdictOn = (on: string, more: Partial<Verdict> = {}): Verdict => ({
  site: on,
  result: 'confirmed',
  means: 'services',
  claim: 4,
  ...more,
});

/** The demoted A, as it answers to claim 4. */
export const demotedA: PeerRecord = {
  role: 'standby',
  epoch: 4,
  number: 4,
  operation: order.operation,
  content: { point: 'e3.s8', state: 'own' },
};

/** B as it stands before its promotion: restored, proven, the receipt accepted. */
export const readyB = (record: Partial<SiteRecord> = {}, facts: Partial<Facts> = {}): SiteState =>
  site(
    'B',
    'standby',
    { content: { point: 'e3.s8', state: 'proven' }, ...record },
    { pending: SET, pendingPoint: 'e3.s8', receipt, ...facts },
  );

/** What a rule said: `granted`, or the kind of its refusal. */
export const said = (ruling: Ruling<unknown>): string => (isRefusal(ruling) ? ruling.refused : 'granted');

/** The state that a rule granted; fails on a refusal. */
export function granted(ruling: Ruling): SiteState {
  if (isRefusal(ruling)) throw new Error(`${ruling.refused}: ${ruling.why}`);
  return ruling;
}
