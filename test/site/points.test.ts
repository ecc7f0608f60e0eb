import { describe, expect, test } from 'vitest';
import { chainOf, type KeepRules, type PointSummary, prunable } from '../../model/points.ts';

const KEEP: KeepRules = { last: 4, hourly: 2, daily: 3, weekly: 2 };
const point = (epoch: number, sequence: number, parent: string | null, minutes: number): PointSummary => ({
  ...{ id: `e${epoch}.s${sequence}`, site: 'a', epoch, sequence, parent, purpose: 'sync', bytes: 1, state: 'proven' },
  startedAt: new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString(),
  finishedAt: '',
});

/** Takes a point each quarter of an hour and prunes after each, as syncs do. */
function lived(days: number): PointSummary[] {
  let kept: PointSummary[] = [];
  for (let n = 1; n <= days * 96; n++) {
    kept = [...kept, point(1, n, n === 1 ? null : `e1.s${n - 1}`, n * 15)];
    const tip = `e1.s${n}`;
    const gone = prunable(kept, chainOf(kept, tip), KEEP, new Set([tip]));
    kept = kept.filter(({ id }) => !gone.includes(id));
  }
  return kept;
}

describe('Keep rules', () => {
  test('go on to hold after the first gap that they made', () => {
    const kept = lived(20);
    expect(kept.length).toBeLessThanOrEqual(4 + 2 + 3 + 2);
    const chain = chainOf(kept, kept.at(-1)?.id ?? null);
    expect(
      kept.filter(({ id }) => !chain.has(id)),
      'nothing of it is a lost timeline',
    ).toEqual([]);
  });

  test('never take the point that tells where an epoch branched off, nor touch what was left behind there', () => {
    const old = [point(1, 1, null, 0), point(1, 2, 'e1.s1', 15), point(1, 3, 'e1.s2', 30)];
    // Promoted from s2: s3 never crossed.
    const since = Array.from({ length: 12 }, (_, n) => point(2, n + 1, n === 0 ? 'e1.s2' : `e2.s${n}`, 1_440 + n * 15));
    const points = [...old, ...since];
    const gone = prunable(points, chainOf(points, 'e2.s12'), KEEP, new Set());
    expect(gone).not.toContain('e2.s1');
    expect(gone).not.toContain('e1.s3');
    const left = points.filter(({ id }) => !gone.includes(id));
    expect(chainOf(left, 'e2.s12').has('e1.s2')).toBe(true);
    expect(chainOf(left, 'e2.s12').has('e1.s3')).toBe(false);
  });
});
