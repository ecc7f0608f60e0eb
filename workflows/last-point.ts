import { comparePoints, type PointSummary } from '../model/points.ts';
import { protects } from '../model/protects.ts';
import type { SiteView } from '../model/site-activities.ts';
import type { PairStatus } from '../model/status.ts';

type LastPoint = PairStatus['lastSync'];

/**
 * The newest point known to protect the active site: reported by a run, or told by the standby itself (a new `pair`, an empty
 * Temporal, a failover that was given back). While no site is known to be active, the newest of all: a failover would quote it.
 */
export function lastPoint(views: readonly SiteView[], reported: LastPoint = null): LastPoint {
  const active = views.find(({ record }) => record?.role === 'active')?.record;
  const known = [...heldByStandby(views), ...(reported ? [reported] : [])];
  return (
    known
      .filter(({ point }) => !active || protects(active, point))
      .sort((a, b) => comparePoints({ id: a.point }, { id: b.point }))
      .at(-1) ?? null
  );
}

/** Proven there, or taken of what it holds: a former active never restored the point that it was demoted with. */
function heldByStandby(views: readonly SiteView[]): readonly NonNullable<LastPoint>[] {
  const standby = views.find(({ record }) => record?.role === 'standby');
  const content = standby?.record?.content;
  const held = ({ id, state }: PointSummary): boolean =>
    state === 'proven' || (content?.state === 'own' && content.point === id);
  return (standby?.points ?? []).filter(held).map(({ id, startedAt }) => ({ point: id, at: startedAt }));
}
