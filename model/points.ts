import type { EnabledSet, GivenUpJob } from './facts.ts';
import type { Projection } from './inventory.ts';
import { parsePointId } from './names.ts';

/** One component's part of a recovery point. */
export interface Artefact {
  readonly component: string;
  readonly kind: string;
  /** restic snapshot id in the vault that the manifest was read from (a copy has another id, found by its tags). */
  readonly snapshot: string;
  /** Name of the stream inside the snapshot. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Version of the application that made it, e.g. `2025.1 build 25606`. */
  readonly version: string;
  readonly inventory: Projection;
  /** Items that changed while a live backup ran: expected to differ. `kind/name`. */
  readonly moving: readonly string[];
  /** Bytes that the vault really stored, where it says so. */
  readonly stored?: number;
  /** How it lies in the snapshot: pieces and a skeleton (see `activities/vault/pieces/`); else one file named `file`. */
  readonly layout?: 'pieces';
  /** Of a package: why it, or a part of it that matters, was kept as it came and not taken apart. */
  readonly plain?: string;
}

/** Written last: a snapshot without a manifest is not a recovery point. */
export interface Manifest {
  readonly format: 1;
  readonly id: string;
  readonly pair: string;
  readonly site: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly parent: string | null;
  readonly claim: number;
  readonly purpose: 'sync' | 'final' | 'quarantine';
  /** Control side's time just before the backup began: what RPO counts from. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly artefacts: readonly Artefact[];
  /** Jobs that were given up before this point was taken (a final one): kept here because requests may hold secrets. */
  readonly givenUp?: readonly GivenUpJob[];
  /** What was enabled at the active: the pending set while there is one. */
  readonly enabled: EnabledSet;
  /** Digest of the configuration it was made with. */
  readonly config: string;
}

/** One snapshot of a sealed point in the vault that it was sealed in: an artefact, or the manifest (`component: null`). */
export interface SealedPart {
  readonly component: string | null;
  readonly snapshot: string;
  /** Of the artefact's stream; 0 for the manifest. */
  readonly bytes: number;
}

export type PointState = 'stored' | 'intact' | 'proven';

/** A manifest's summary, small enough to travel in a history. */
export interface PointSummary {
  readonly id: string;
  readonly site: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly parent: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly purpose: Manifest['purpose'];
  readonly bytes: number;
  readonly state: PointState;
}

/** What sealing tells: with it, whoever pulls the point need not look for it. */
export interface SealedSummary extends PointSummary {
  readonly parts?: readonly SealedPart[];
}

/** Ascending by (epoch, sequence): clocks only inform. */
export function comparePoints(a: { readonly id: string }, b: { readonly id: string }): number {
  const left = parsePointId(a.id) ?? { epoch: -1, sequence: -1 };
  const right = parsePointId(b.id) ?? { epoch: -1, sequence: -1 };
  return left.epoch - right.epoch || left.sequence - right.sequence;
}

/**
 * Ids of the points on the chain that ends in `tip`, the newest point of the present active; the others are a lost
 * timeline: never chosen by default, not counted by keep rules. Where an ancestor was pruned the chain goes on with the
 * newest older point of its epoch: all that one active took in one epoch is one line.
 */
export function chainOf(
  points: readonly Pick<PointSummary, 'id' | 'parent'>[],
  tip: string | null,
): ReadonlySet<string> {
  const byId = new Map(points.map((point) => [point.id, point]));
  const newestFirst = [...points].sort((a, b) => comparePoints(b, a));
  const before = (id: string): string | null =>
    newestFirst.find((point) => epochOf(point.id) === epochOf(id) && comparePoints(point, { id }) < 0)?.id ?? null;
  const chain = new Set<string>();
  let id = tip;
  while (id !== null && !chain.has(id)) {
    chain.add(id);
    const point = byId.get(id);
    id = point ? point.parent : before(id);
  }
  return chain;
}

const epochOf = (id: string): number | undefined => parsePointId(id)?.epoch;

export interface KeepRules {
  readonly last: number;
  readonly hourly: number;
  readonly daily: number;
  readonly weekly: number;
}

/**
 * Which points may be removed from one vault: those on the chain that no keep rule holds. The last intact and the last
 * proven point are never among them, nor is any point of a lost timeline, nor `pinned` ones.
 */
export function prunable(
  points: readonly PointSummary[],
  chain: ReadonlySet<string>,
  keep: KeepRules,
  pinned: ReadonlySet<string>,
): readonly string[] {
  const newestFirst = points.filter((point) => chain.has(point.id)).sort((a, b) => comparePoints(b, a));
  const kept = new Set(newestFirst.slice(0, Math.max(1, keep.last)).map((point) => point.id));
  const byPeriod = (count: number, period: (iso: string) => string): void => {
    const seen = new Set<string>();
    for (const point of newestFirst) {
      const key = period(point.startedAt);
      if (seen.has(key)) continue;
      if (seen.size >= count) break;
      seen.add(key);
      kept.add(point.id);
    }
  };
  byPeriod(keep.hourly, (iso) => iso.slice(0, 13));
  byPeriod(keep.daily, (iso) => iso.slice(0, 10));
  byPeriod(keep.weekly, (iso) => `week ${Math.floor((Date.parse(iso) / 86_400_000 + 3) / 7)}`);
  const lastWith = (states: readonly PointState[]): string | undefined =>
    newestFirst.find((point) => states.includes(point.state))?.id;
  for (const id of [lastWith(['intact', 'proven']), lastWith(['proven'])]) if (id) kept.add(id);
  // The first point of an epoch names where it branched off: without it what is older could not be told from a lost timeline.
  for (const { id, parent } of newestFirst) {
    const older = parent !== null && epochOf(parent) !== epochOf(id);
    if (older && newestFirst.some((point) => epochOf(point.id) === epochOf(parent))) kept.add(id);
  }
  return newestFirst.map((point) => point.id).filter((id) => !kept.has(id) && !pinned.has(id));
}
