import { type EnabledSet, type Facts, NO_FACTS } from '../../model/facts.ts';
import type { Ordinal, SiteRecord } from '../../model/record.ts';
import type { SiteState } from '../../model/refusal.ts';

/** The world that the explorer moves through: two sites, each with what it remembers and an application. */

export type Where = 0 | 1;
export const NAMES = ['A', 'B'] as const;
export const other = (site: Where): Where => (site === 0 ? 1 : 0);

/** A site's application: what it holds, and what acts. Writes and enabled sets are small numbers. */
export interface App {
  /** Bit set of the acknowledged writes that it holds; `HALF` while a restore is on its way. */
  readonly data: number;
  /** Clients are admitted. */
  readonly door: boolean;
  /** Executing parts run. */
  readonly exec: boolean;
  /** Which set of schedules acts; 0: all held. */
  readonly enabled: number;
  /** Names of the restores that run in the application and outlive whoever posted them. */
  readonly late: readonly string[];
  /** Newest point in the site's own vault. */
  readonly vault: string | null;
  /** The machine runs. Off: no command arrives, nothing acts. */
  readonly on: boolean;
  /** Changes with each start of the application. */
  readonly boot: number;
}

export interface Side extends SiteState {
  readonly app: App;
}

/** The highest claim number that a site's record and journal show. */
export const seenAt = ({ record, facts }: SiteState): number => Math.max(record.claim.number, facts.seen);

export const HALF = 1 << 12;

/** A point's name says what it holds, so that equal points are one. */
export const pointOf = (data: number, enabled: number): string => `w${data}.${enabled}`;
/** A restore's name says who posted it and what it brings. */
export const taskOf = (claim: number, point: string): string => `${claim}/${point}`;
export const bringsOf = (task: string): string => task.slice(task.indexOf('/') + 1);

export function holds(point: string): { readonly data: number; readonly enabled: number } {
  const [data, enabled] = point.slice(1).split('.').map(Number);
  return { data: data ?? 0, enabled: enabled ?? 0 };
}

/** The pair is in step at the start. */
const FIRST_POINT = pointOf(0, 1);

const SETS: readonly EnabledSet[] = [0, 1, 2].map((k) => ({ app: { schedules: k === 0 ? [] : [`s${k}`] } }));
export const setOf = (k: number): EnabledSet => SETS[k] ?? {};
export const numberOf = (set: EnabledSet): number => Number(set.app?.schedules?.[0]?.slice(1) ?? 0);

export function firstSide(site: Where, role: 'active' | 'standby'): Side {
  const record: SiteRecord = {
    format: 1,
    pair: 'p',
    site: NAMES[site],
    ordinal: (site + 1) as Ordinal,
    setup: 's',
    identity: { app: NAMES[site] },
    claim: { number: 1, operation: 'setup/s', kind: 'setup', closed: true },
    role,
    epoch: 1,
    ...(role === 'standby' ? { content: { point: FIRST_POINT, state: 'proven' as const } } : {}),
    sequence: 0,
  };
  const acts = role === 'active';
  return {
    record,
    facts: { ...NO_FACTS, seen: 1 },
    app: { data: 0, door: acts, exec: acts, enabled: acts ? 1 : 0, late: [], vault: FIRST_POINT, on: true, boot: 0 },
  };
}

/** Drops what no rule reads, so that states that behave alike are one. `peer` is given to rules by hand. */
export function canonical(side: Side): Side {
  const { permission: _p, peer: _peer, paused: _paused, ...record } = side.record;
  const { takenOver: _t, ...claim } = record.claim;
  const { fenced: _f, ...facts } = side.facts;
  const clean: Facts = { ...facts, outcomes: {}, lastPoint: null, intact: [], proven: [] };
  return { record: { ...record, claim, sequence: 0 }, facts: clean, app: side.app };
}

/** Everything of a canonical side that differs between states. */
export function keyOf({ record, facts, app }: Side): string {
  const { claim, content } = record;
  const { freeze, receipt, pending } = facts;
  return [
    record.site,
    record.role,
    record.epoch,
    claim.number,
    claim.operation,
    claim.closed ? 1 : 0,
    content ? `${content.state}${content.point}` : '',
    facts.seen,
    pending ? `${numberOf(pending)}${facts.pendingPoint ?? ''}` : '',
    freeze ? `${freeze.claim}${freeze.phase}${freeze.started.app ?? ''}` : '',
    receipt ? `${receipt.claim}${receipt.operation}${receipt.point}.${receipt.started.app}` : '',
    facts.tasks.map((task) => task.name).join('+'),
    app.data,
    (app.door ? 1 : 0) + (app.exec ? 2 : 0) + (app.on ? 4 : 0),
    app.enabled,
    app.boot,
    app.late.join('+'),
    app.vault,
  ].join('|');
}

/** What the explorer knows and nobody in the world does: what was promised to clients so far. */
export interface Ghost {
  /** Acknowledged writes that nobody stated as lost. */
  readonly acked: number;
  /** The enabled set that users want. */
  readonly truth: number;
  readonly writes: number;
  readonly toggles: number;
  /** Per site: promoted on a verdict about its peer, which has not heard of it since. */
  readonly split: readonly [Split | null, Split | null];
}

export interface Split {
  readonly epoch: number;
  readonly by: 'asserted' | 'confirmed';
}

export const FIRST_GHOST: Ghost = { acked: 0, truth: 1, writes: 0, toggles: 0, split: [null, null] };
