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
  /** A redirect clearly leads clients to another site than the active one, and no failover runs that would move it. */
  readonly astray?: boolean;
}

const changesOver = ({ claim }: SiteRecord): boolean => claim.kind === 'failover' || claim.kind === 'give-back';

/** The pair's state, derived from what the sites say; the worst comes first, except that a run at work explains the rest. */
export function stateOfPair(sites: readonly SiteSays[], circumstances: Circumstances): PairState {
  const records = sites.flatMap((site) => (site.record ? [site.record] : []));
  const runs = ({ claim }: SiteRecord): boolean =>
    circumstances.running.some((id) => claim.operation === id || claim.operation.startsWith(`${id}/`));
  const open = records.filter((record) => !record.claim.closed);
  const actingNow = records.filter((record) => acting(record.role));

  if (actingNow.length > 1) return 'CONFLICT';
  if (open.some((record) => changesOver(record) && runs(record))) return 'FAILING OVER';
  // A site that answers and has no readable record: nobody knows what it is.
  if (sites.some((site) => site.answers && !site.record)) return 'UNKNOWN';
  if (actingNow.length === 0) return sites.every((site) => site.answers) ? 'NO ACTIVE' : 'UNKNOWN';
  // What the next sync takes over without a person is no interruption.
  const interrupted = open.some((record) => record.claim.kind !== 'sync' && !runs(record));
  if (interrupted || actingNow.some((record) => record.role !== 'active')) return 'INTERRUPTED';
  if (sites.some((site) => site.held)) return 'HELD';
  if (records.some((record) => record.paused)) return 'PAUSED';
  return protection(sites, circumstances);
}

/** How well the one active site is protected. */
function protection(sites: readonly SiteSays[], { pointAge, rpo, astray }: Circumstances): PairState {
  const standby = sites.find((site) => !site.record || !acting(site.record.role));
  if (pointAge === null || !standby) return 'UNPROTECTED';
  // The standby does not answer: what it held when it last did still counts for as long as it is young enough.
  if (!standby.record) return pointAge > rpo ? 'UNPROTECTED' : 'AT RISK';
  const { role, content } = standby.record;
  if (role !== 'standby' || !content || content.point === null || content.state === 'none') return 'UNPROTECTED';
  // Its own content is that of the point it was demoted with, proven at the other site before.
  const ready = content.state === 'proven' || content.state === 'own';
  return ready && pointAge <= rpo && !astray ? 'PROTECTED' : 'AT RISK';
}
