import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { EXAMPLES, inputProblem, type PairInput, type PauseInput } from '../model/inputs.ts';
import type { Plan } from '../model/plan.ts';
import { evidence, type Person } from '../model/record.ts';
import type { SiteView } from '../model/site-activities.ts';
import { MESSAGES, type PairStatus, type RunReport } from '../model/status.ts';
import { endWith, stepFailure } from './failures.ts';
import { lookAtBoth } from './inspect.ts';
import { pairDetails } from './pair-details.ts';
import { pairStatus, type Seen } from './pair-status.ts';
import { control, lookAt } from './proxies.ts';
import {
  ACTIVE_KEY,
  AGE_KEY,
  PAIR_KEY,
  pauseSignal,
  pauseUpdate,
  reportSignal,
  resumeSignal,
  resumeUpdate,
  STATE_KEY,
} from './run.ts';

export const pairStatusQuery = defineQuery<PairStatus | null>(MESSAGES.status);

/** What goes on over a continue-as-new: what the sites themselves do not remember. */
export interface PairState extends PairInput {
  readonly carried?: { readonly runs: PairStatus['runs']; readonly lastSync: PairStatus['lastSync'] };
}

/** Both sites hear of each other about so often; a change of role is looked at as soon as a run reports it. */
const LOOK_EVERY = 60_000;

/**
 * The one place to look at. Knows the runs in progress, the last good sync and where clients lead, and hands each site what
 * the other one's worker says. It grants nothing and nobody waits for it: terminate it, and it is rebuilt from the sites.
 */
export async function pair(input: PairState): Promise<never> {
  const { carried, ...plain } = input ?? {};
  const problem = inputProblem('pair', plain);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  const name = input.pair;
  let runs = carried?.runs ?? [];
  let lastSync = carried?.lastSync ?? null;
  let status: PairStatus | null = null;
  let due = true;
  let pausing: { readonly person: Person | null } | null = null;

  setHandler(pairStatusQuery, () => status, { description: 'The pair as it was last seen, as JSON.' });
  setHandler(
    reportSignal,
    (report: RunReport) => {
      if (report.point) lastSync = { point: report.point.id, at: report.point.at };
      runs = runs.filter((run) => run.id !== report.id);
      if (!report.ended) runs = [...runs, { id: report.id, kind: report.kind, step: report.step }];
      due = true;
    },
    { description: 'Sent by runs, not by people.' },
  );
  const pause = (person: Person | null): string => {
    pausing = { person };
    due = true;
    return person ? 'no sync is started from now on' : 'syncs are started again';
  };
  const describePause = `No sync is started until resume. Input: ${EXAMPLES.pause}`;
  setHandler(pauseUpdate, (given) => pause({ who: given.who, why: given.why }), {
    validator: refuseBadPause,
    description: describePause,
  });
  setHandler(
    pauseSignal,
    (given) => {
      const why = inputProblem('pause', given);
      if (why) log.warn(`Not paused: ${why}`);
      else pause({ who: given.who, why: given.why });
    },
    { description: describePause },
  );
  setHandler(resumeUpdate, () => pause(null), { description: 'Syncs are started again. Input: none' });
  setHandler(resumeSignal, () => void pause(null), { description: 'Syncs are started again. Input: none' });
  setCurrentDetails(`### ${name}\n\nlooking at both sites …`);
  upsertSearchAttributes([{ key: PAIR_KEY, value: name }]);

  const plan = await control('Read the plan').loadPlan({ pair: name }).catch(endWith);
  for (;;) {
    due = false;
    if (pausing) {
      const { person } = pausing as { person: Person | null };
      pausing = null;
      await writePause(plan, person);
    }
    runs = await stillGoing(runs);
    const seen = await lookAtBoth(plan);
    await introduce(plan, seen);
    const before = status;
    status = pairStatus(plan, seen, {
      runs,
      lastSync,
      clients: await clientsLead(plan),
      now: new Date().toISOString(),
    });
    lastSync = status.lastSync;
    publish(plan, before, status);
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof pair>({ pair: name, carried: { runs, lastSync } });
    }
    await condition(() => due, LOOK_EVERY, { summary: 'until the next look' });
  }
}

function refuseBadPause(given: PauseInput): void {
  const why = inputProblem('pause', given);
  if (why) throw ApplicationFailure.nonRetryable(why, 'InvalidInput');
}

/** Paused is a word of the sites: a sync reads it there, whatever becomes of `pair`. */
async function writePause(plan: Plan, paused: Person | null): Promise<void> {
  for (const site of plan.sites) {
    try {
      await lookAt(plan.pair, site, paused ? `Pause at ${site}` : `Resume at ${site}`).setPaused({
        pair: plan.pair,
        paused,
      });
    } catch (error) {
      log.warn(`${site} did not take note of the pause: ${stepFailure(error).says}`);
    }
  }
}

/** A run that was terminated never says that it ended. */
async function stillGoing(runs: PairStatus['runs']): Promise<PairStatus['runs']> {
  if (runs.length === 0) return runs;
  const gone = await control('Which runs are still going?').runsGone({ operations: runs.map((run) => `${run.id}/`) });
  return runs.filter((run) => !gone.includes(`${run.id}/`));
}

/** Hands each site what the peer's own worker said: a superseded site fences itself when it hears it. */
async function introduce(plan: Plan, seen: readonly Seen[]): Promise<void> {
  const views = seen.filter((each): each is SiteView => 'clock' in each && each.record !== null);
  const [a, b] = views;
  if (!a?.record || !b?.record) return;
  const news = [
    { to: a, peer: evidence(b.record) },
    { to: b, peer: evidence(a.record) },
  ].filter(({ to, peer }) => to.record?.peer?.role !== peer.role || to.record.peer.epoch !== peer.epoch);
  await Promise.all(
    news.map(({ to, peer }) =>
      lookAt(plan.pair, to.site, `Tell ${to.site} of its peer`)
        .hearPeer({ pair: plan.pair, peer })
        .catch((error: unknown) => log.warn(`${to.site}: ${stepFailure(error).says}`)),
    ),
  );
}

async function clientsLead(plan: Plan): Promise<string> {
  const led: string[] = [];
  for (const { name } of plan.redirects) {
    try {
      led.push(
        `${name} leads to ${(await control(`Where does ${name} lead?`).readRedirect({ pair: plan.pair, name })).leadsTo}`,
      );
    } catch (error) {
      led.push(`${name}: ${stepFailure(error).says}`);
    }
  }
  return led.join('; ') || 'no redirect tells where clients lead';
}

/** Search attributes only when they change (each is an event); details always (they cost none). */
function publish(plan: Plan, before: PairStatus | null, now: PairStatus): void {
  setCurrentDetails(pairDetails(plan, now));
  if (before?.state === now.state && before.active === now.active && before.lastSync?.point === now.lastSync?.point)
    return;
  const age =
    now.lastSync && now.observedAt
      ? Math.round((Date.parse(now.observedAt) - Date.parse(now.lastSync.at)) / 1_000)
      : null;
  upsertSearchAttributes([
    { key: STATE_KEY, value: now.state },
    { key: ACTIVE_KEY, value: now.active },
    { key: AGE_KEY, value: age },
  ]);
}
