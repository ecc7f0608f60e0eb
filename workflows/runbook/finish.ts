import { upsertSearchAttributes } from '@temporalio/workflow';
import type { FailoverResult } from '../../model/status.ts';
import { stepFailure } from '../failures.ts';
import { control } from '../proxies.ts';
import { ACTIVE_KEY, STATE_KEY } from '../run.ts';
import type { Concluded } from './conclude.ts';
import type { Context } from './context.ts';
import { ending } from './ending.ts';
import { stateAfter } from './state-after.ts';

/** A run as it is reported: `outcome` may also be that it was cancelled, which Temporal tells, not the result. */
export type Report = Omit<FailoverResult, 'outcome'> & { readonly outcome: Concluded['outcome'] };

/** Tells how the run ended: `pair`, search attributes, a report beside the control worker, and the result. */
export async function finish(c: Context, concluded: Concluded): Promise<FailoverResult> {
  const { outcome } = concluded;
  const result = reportOf(c, concluded);
  c.run.update({ ended: ending(result, c.source === 'gone') });
  upsertSearchAttributes([
    { key: STATE_KEY, value: result.state },
    { key: ACTIVE_KEY, value: outcome === 'committed' || outcome === 'already-there' ? c.to : c.from },
  ]);
  const told = c.run.report({
    step: outcome,
    ended: true,
    ...(outcome === 'committed' ? { active: c.to } : {}),
    // What the former source holds from now on.
    ...(outcome === 'committed' && c.source === 'present' && c.final
      ? { point: { id: c.final.id, at: c.final.startedAt } }
      : {}),
  });
  try {
    await control(c.plan.pair, 'Keep the report').keepReport({
      pair: c.plan.pair,
      run: c.run.operation,
      report: result,
    });
  } catch (error) {
    // What it says is in the result too.
    stepFailure(error);
  }
  await told;
  return result as FailoverResult;
}

function reportOf(c: Context, { outcome, why }: Concluded): Report {
  return {
    outcome,
    pair: c.plan.pair,
    from: c.from,
    to: c.to,
    mode: c.input.mode,
    reason: c.input.reason,
    answers: c.run.answers,
    steps: c.run.status().steps,
    state: stateAfter(c, outcome),
    notes: outcome === 'committed' ? [...notPromised(c), ...c.notes] : c.notes,
    ...(why ? { why } : {}),
    ...(c.claim ? { claim: c.claim } : {}),
    ...measured(c, outcome),
    // Without a front door a freeze shuts nobody out.
    ...(c.frozenAt && c.plan.freeze.frontDoor ? { frozenAt: c.frozenAt } : {}),
    ...(c.redirectedAt ? { redirectedAt: c.redirectedAt } : {}),
    ...(c.verdict
      ? {
          verdict: {
            result: c.verdict.result,
            means: c.verdict.means,
            ...(c.verdict.by ? { who: c.verdict.by.who } : {}),
          },
        }
      : {}),
  };
}

/** Of a planned failover: what its approval did not promise either. */
function notPromised(c: Context): readonly string[] {
  if (c.source === 'gone') return [];
  const { components, freeze } = c.plan;
  return [
    ...(freeze.frontDoor ? [] : ['No front door is configured: what clients wrote after the freeze may be lost']),
    ...components.flatMap(({ name, notPromised: texts }) => texts.map((text) => `Not promised, ${name}: ${text}`)),
  ];
}

/** What was lost and how long it took, counted from when the source was lost or shut out its clients. */
function measured(
  c: Context,
  outcome: Concluded['outcome'],
): Pick<FailoverResult, 'point' | 'pointTime' | 'rpo' | 'rto'> {
  const gone = c.source === 'gone';
  const lostAt = Date.parse(c.lostAt ?? c.startedAt);
  const point = gone ? c.chosen : c.final;
  const began = gone ? lostAt : Date.parse(c.frozenAt ?? c.startedAt);
  const committed = outcome === 'committed';
  return {
    ...(point ? { point: point.id, pointTime: point.startedAt } : {}),
    ...(committed && point ? { rpo: gone ? Math.max(0, lostAt - Date.parse(point.startedAt)) : 0 } : {}),
    ...(committed && c.verifiedAt ? { rto: Date.parse(c.verifiedAt) - began } : {}),
  };
}
