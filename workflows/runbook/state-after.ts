import { type PairState, stateOfPair } from '../../model/pair-state.ts';
import type { SiteRecord } from '../../model/record.ts';
import type { SiteView } from '../../model/site-activities.ts';
import { lastPoint } from '../last-point.ts';
import type { Concluded } from './conclude.ts';
import type { Context } from './context.ts';

/** The pair's state as this run leaves it: as it was seen, and what the run did to it since. */
export function stateAfter(c: Context, outcome: Concluded['outcome']): PairState {
  const gone = c.source === 'gone';
  if (outcome === 'committed') return gone ? 'UNPROTECTED' : 'PROTECTED';
  if (gone && outcome !== 'already-there') return 'UNPROTECTED';
  const views = [c.fromView, c.toView].flatMap((view) => (view ? [leftBehind(c, view)] : []));
  const proven = c.final ? c.final.startedAt : lastPoint(views)?.at;
  return stateOfPair(
    [c.from, c.to].map((site) => {
      const view = views.find((each) => each.site === site);
      return { site, answers: view !== undefined, record: view?.record ?? null, held: view?.held ?? false };
    }),
    {
      // Who held a claim that was in our way was not gone, unless it was found to be.
      running: views.flatMap(({ record }) =>
        record && record.claim.operation !== c.holder ? [record.claim.operation] : [],
      ),
      pointAge: proven === undefined ? null : Date.now() - Date.parse(proven),
      rpo: c.plan.targets.rpo,
    },
  );
}

/** Given back, the source acts and holds nothing back; the target holds what a final sync brought there, or half of it. */
function leftBehind(c: Context, view: SiteView): SiteView {
  const { record } = view;
  if (!record) return view;
  const own = record.claim.operation === c.run.operation;
  const mine: SiteRecord = own ? { ...record, claim: { ...record.claim, closed: true } } : record;
  const givenBack = c.run.status().steps.some(({ state }) => state === 'undone');
  if (view.site === c.from)
    return givenBack ? { ...view, held: false, record: { ...mine, role: 'active' } } : { ...view, record: mine };
  const content = c.final
    ? ({ point: c.final.id, state: 'proven' } as const)
    : c.restoring
      ? ({ point: record.content?.point ?? 'unknown', state: 'writing' } as const)
      : undefined;
  return { ...view, record: content ? { ...mine, content } : mine };
}
