import type { PeerEvidence } from './record.ts';

/**
 * Where both site records are missing, the pair is new, or it lived and lost them. What the vaults hold tells which: mirrors
 * and recovery points outlive the records. The direction of the next sync must not come from the configuration then, and
 * no number that was used may be used again, nor the id of a point with it.
 */

/** What one site's worker finds in the vaults that it reads. */
export interface Traces {
  readonly site: string;
  /** The mirror in the peer's vault. */
  readonly peerMirror: PeerEvidence | null;
  /** The newest recovery point in the site's own vault; the peer's lie there as well as its own. */
  readonly newestPoint: { readonly id: string; readonly site: string; readonly epoch: number } | null;
  /** The highest claim number in that mirror and of these points; 0 where there are none. */
  readonly highest: number;
}

export interface EarlierLife {
  /** The highest claim number that the vaults tell of. */
  readonly highest: number;
  /** Who held the role last, as far as the vaults tell. */
  readonly active: string;
  /** Where that stands, in words. */
  readonly says: string;
}

/** Null: nothing shows that the pair lived before. */
export function earlierLife(both: readonly [Traces, Traces]): EarlierLife | null {
  const [one, other] = both;
  const held = [...heldBy(one, other.site), ...heldBy(other, one.site)].sort(newestFirst);
  const [last] = held;
  if (!last) return null;
  return { highest: Math.max(last.epoch, one.highest, other.highest), active: last.active, says: last.says };
}

/** The first claim number above all that are known, of the parity of the site that becomes active. */
export const firstNumber = (ordinal: 1 | 2, highest: number): number => highest + (highest % 2 === ordinal % 2 ? 2 : 1);

interface Held {
  readonly active: string;
  readonly epoch: number;
  /** Of two that tell of the same number: who took the role tells more than who gave it up, and than who is about to. */
  readonly rank: 0 | 1 | 2;
  readonly says: string;
}

const newestFirst = (a: Held, b: Held): number => b.epoch - a.epoch || a.rank - b.rank;

/** What is found by the worker of a site: of its peer's role, and of the site whose point is the newest. */
function heldBy({ site, peerMirror, newestPoint }: Traces, peer: string): readonly Held[] {
  const found: Held[] = [];
  if (newestPoint) {
    const { id, epoch, site: active } = newestPoint;
    found.push({ active, epoch, rank: 0, says: `the vault of ${site} holds point ${id} of ${active}` });
  }
  if (peerMirror) {
    const { role, epoch } = peerMirror;
    const acts = role === 'active' || role === 'promoting' || role === 'demoting';
    const says = `the vault of ${peer} says that ${peer} was ${role}, epoch ${epoch}`;
    found.push({ active: acts ? peer : site, epoch, rank: role === 'demoting' ? 2 : acts ? 0 : 1, says });
  }
  return found;
}
