import { acting, type SiteRecord } from './record.ts';

export const PAIR_STATES = [
  'PROTECTED',
  'AT RISK',
  'UNPROTECTED',
  'FAILING OVER',
  'HELD',
  'INTERRUPTED',
  'NO ACTIVE',
  'CONFLICT',
  'UNKNOWN',
  'PAUSED',
] as const;
export type PairState = (typeof PAIR_STATES)[number];

/** What one site says, as far as it answers. */
export interface SiteSays {
  readonly site: string;
  readonly answers: boolean;
  readonly record: SiteRecord | null;
  /** An active site with a pending enabled set. */
  readonly held: boolean;
}

export interface Circumstances {
  /** Workflow ids of runs that are known to be in progress. */
  readonly running: readonly string[];
  /** Age of the newest proven point in milliseconds; null: there is none. */
  readonly pointAge: number | null;
  /** Target for the recovery point, in milliseconds. */
  readonly rpo: number;
}

/** The pair's state, derived from what the sites say; the worst comes first. */
export function stateOfPair(sites: readonly SiteSays[], { running, pointAge, rpo }: Circumstances): PairState {
  const records = sites.flatMap((site) => (site.record ? [site.record] : []));
  const actingNow = records.filter((record) => acting(record.role));
  if (actingNow.length > 1) return 'CONFLICT';
  const failingOver = records.find(
    (record) => !record.claim.closed && (record.claim.kind === 'failover' || record.claim.kind === 'give-back'),
  );
  const runs = (record: SiteRecord): boolean => running.some((id) => record.claim.operation.startsWith(`${id}/`));
  if (failingOver) return runs(failingOver) ? 'FAILING OVER' : 'INTERRUPTED';
  if (sites.some((site) => site.answers && !site.record)) return 'UNKNOWN';
  if (actingNow.length === 0) return sites.every((site) => site.answers) ? 'NO ACTIVE' : 'UNKNOWN';
  if (actingNow.some((record) => record.role !== 'active')) return 'INTERRUPTED';
  if (sites.some((site) => site.held)) return 'HELD';
  if (records.some((record) => record.paused)) return 'PAUSED';
  const standby = records.find((record) => record.role === 'standby');
  if (!standby || standby.content?.state === 'none' || standby.content?.state === 'own' || pointAge === null)
    return 'UNPROTECTED';
  if (standby.content?.state !== 'proven' || pointAge > rpo || sites.some((site) => !site.answers)) return 'AT RISK';
  return 'PROTECTED';
}
