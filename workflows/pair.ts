import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { inputProblem, type PairInput } from '../model/inputs.ts';
import { pairWorkflowId } from '../model/names.ts';
import type { Plan } from '../model/plan.ts';
import { evidence } from '../model/record.ts';
import type { SiteView } from '../model/site-activities.ts';
import type { PairStatus } from '../model/status.ts';
import { endWith, stepFailure } from './failures.ts';
import { pairDetails } from './pair-details.ts';
import { handlePairMessages, type PairMemory } from './pair-messages.ts';
import { type Led, pairStatus, type Seen } from './pair-status.ts';
import { control, controlSoon, lookAt } from './proxies.ts';
import { readPlan, readPlanAgain } from './read-plan.ts';
import { ACTIVE_KEY, AGE_KEY, PAIR_KEY, STATE_KEY } from './run.ts';
import { watchSites } from './watch-sites.ts';

/** What goes on over a continue-as-new: what the sites themselves do not remember. */
export interface PairState extends PairInput {
  readonly carried?: Partial<Pick<PairMemory, 'runs' | 'lastSync' | 'pausing' | 'refused'>> & {
    /** Tests lower it. */
    readonly historyLimit?: number;
  };
}

/** Both sites hear of each other about so often; a change of role is looked at as soon as a run reports it. */
const LOOK_EVERY = 60_000;

/** Events after which a new run goes on, counted at the end of a look: short enough to be read in the UI. */
const HISTORY_LIMIT = 2_000;

/**
 * The one place to look at. Knows the runs in progress, the last good sync and where clients lead, and hands each site what
 * the other one's worker says. It grants nothing and nobody waits for it: terminate it, and it is rebuilt from the sites.
 */
export async function pair(input: PairState): Promise<never> {
  const { carried, ...plain } = input ?? {};
  const problem = inputProblem('pair', carried ? plain : input) ?? otherId(input.pair);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  const name = input.pair;
  const memory: PairMemory = { runs: [], lastSync: null, pausing: null, ...carried, status: null, due: true };
  handlePairMessages(memory);
  setCurrentDetails(`### ${name}\n\nlooking at both sites …`);
  upsertSearchAttributes([{ key: PAIR_KEY, value: name }]);

  try {
    return await watch(name, memory, carried?.historyLimit ?? HISTORY_LIMIT);
  } finally {
    // Continued as a new run, cancelled or failed: whoever waits for a pause to be written down is told, not left alone.
    if (memory.pausing) memory.pausing.tried = true;
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

async function watch(name: string, memory: PairMemory, historyLimit: number): Promise<never> {
  let configured = await readPlan(name).catch(endWith);
  const beside = errands();
  const lookAtBoth = watchSites({
    promoted: () => memory.promoted,
    back: () => {
      memory.due = true;
    },
  });
  for (;;) {
    memory.due = false;
    memory.promoted = undefined;
    // One plan a look: what is read meanwhile counts from the next one on.
    const plan = configured;
    // Runs carry the plan of their start; `pair` never ends, and would know for hours only what was configured once.
    if (memory.status)
      beside('Reading the plan again', async () => {
        configured = await readPlanAgain(name, 'Read the plan again', controlSoon);
      });
    if (memory.pausing)
      beside('pause', async () => {
        // A newer one that came meanwhile is written at once, and not at the next look.
        do await writePause(plan, memory);
        while (memory.pausing?.tried === false);
        if (!memory.pausing) memory.due = true;
      });
    const begun = await stillGoing(name, memory);
    memory.runs = begun;
    // What is seen is as old as the beginning of the look.
    const now = new Date().toISOString();
    const seen = await lookAtBoth(plan);
    introduce(plan, seen, beside);
    const before = memory.status;
    const { clients, led } = await clientsLead(plan);
    const { runs, lastSync, refused } = memory;
    memory.status = pairStatus(plan, seen, { runs, begun, lastSync, clients, led, refused, now });
    memory.lastSync = memory.status.lastSync;
    publish(plan, before, memory.status);
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    // A pause that somebody waits for is written down first.
    if ((continueAsNewSuggested || historyLength > historyLimit) && memory.pausing?.tried !== false) {
      await condition(allHandlersFinished);
      const { runs, lastSync, pausing, refused } = memory;
      await continueAsNew<typeof pair>({ pair: name, carried: { runs, lastSync, pausing, refused } });
    }
    if (!memory.due) await condition(() => memory.due, LOOK_EVERY, { summary: 'until the next look' });
  }
}

/** Runs report to one id: under another one it would hear nothing, and be mistaken for the one place to look at. */
function otherId(pair: string): string | undefined {
  const right = pairWorkflowId(pair);
  const { workflowId } = workflowInfo();
  return workflowId === right ? undefined : `the workflow id of this pair is "${right}", not "${workflowId}"`;
}

/** Paused is a word of the sites: a sync reads it there, whatever becomes of `pair`. A site that is away is told later. */
async function writePause(plan: Plan, memory: PairMemory): Promise<void> {
  const { pausing } = memory;
  if (!pausing) return;
  const { person } = pausing;
  const left: string[] = [];
  for (const site of pausing.sites ?? plan.sites) {
    if (memory.pausing !== pausing) return;
    try {
      await lookAt(plan.pair, site, person ? `Pause at ${site}` : `Resume at ${site}`).setPaused({
        pair: plan.pair,
        paused: person,
      });
    } catch (error) {
      log.warn(`${site} did not take note of the pause: ${stepFailure(error).says}`);
      left.push(site);
    }
  }
  if (memory.pausing !== pausing) return;
  pausing.sites = left;
  pausing.tried = true;
  if (left.length === 0 && memory.pausing === pausing) memory.pausing = null;
}

/** A run that was terminated never says that it ended. */
async function stillGoing(pair: string, { runs }: PairMemory): Promise<PairStatus['runs']> {
  if (runs.length === 0) return runs;
  try {
    const gone = await control(pair, 'Which runs are still going?').runsGone({
      operations: runs.map((run) => `${run.id}/`),
    });
    return runs.filter((run) => !gone.includes(`${run.id}/`));
  } catch (error) {
    log.warn(`It is not known which runs are still going: ${stepFailure(error).says}`);
    return runs;
  }
}

/** An active site whose machine was restarted starts what acts by itself once it has heard its peer. */
const waits = ({ record, frozen, components }: SiteView): boolean =>
  record?.role === 'active' &&
  !frozen &&
  components.some(({ executing, executesNothing, problem }) => !executing && !executesNothing && !problem);

/** Hands each site what the peer's own worker said: a superseded site fences itself when it hears it. */
function introduce(plan: Plan, seen: readonly Seen[], beside: ReturnType<typeof errands>): void {
  const views = seen.filter((each): each is SiteView => 'clock' in each && each.record !== null);
  const [a, b] = views;
  if (!a?.record || !b?.record) return;
  const news = [
    { to: a, peer: evidence(b.record) },
    { to: b, peer: evidence(a.record) },
  ].filter(({ to, peer }) => to.record?.peer?.role !== peer.role || to.record.peer.epoch !== peer.epoch || waits(to));
  for (const { to, peer } of news)
    beside(to.site, async () => {
      await lookAt(plan.pair, to.site, `Tell ${to.site} of its peer`).hearPeer({ pair: plan.pair, peer });
    });
}

/**
 * What a site is told needs its lock, which a step may hold for hours: so it is told beside the looking, each errand once
 * at a time. One that fails is run again after the next look, if it is still needed.
 */
function errands(): (name: string, work: () => Promise<void>) => void {
  const open = new Set<string>();
  return (name, work) => {
    if (open.has(name)) return;
    open.add(name);
    void work()
      .catch((error: unknown) => {
        if (!isCancellation(error)) log.warn(`${name}: ${stepFailure(error).says}`);
      })
      .finally(() => open.delete(name));
  };
}

/** Where clients lead in words, and which redirects name a site of this pair. */
async function clientsLead(plan: Plan): Promise<{ readonly clients: string; readonly led: readonly Led[] }> {
  const said: string[] = [];
  const led: Led[] = [];
  for (const { name } of plan.redirects) {
    try {
      const { leadsTo } = await controlSoon(plan.pair, `Where does ${name} lead?`).readRedirect({
        pair: plan.pair,
        name,
      });
      said.push(`${name} leads to ${leadsTo}`);
      if (plan.sites.includes(leadsTo)) led.push({ name, leadsTo });
    } catch (error) {
      said.push(`${name}: ${stepFailure(error).says}`);
    }
  }
  return { clients: said.join('; ') || 'no redirect tells where clients lead', led };
}

/** Search attributes only when they change (each is an event); details always (they cost none). */
function publish(plan: Plan, before: PairStatus | null, now: PairStatus): void {
  setCurrentDetails(pairDetails(plan, now));
  const age = pointAge(now);
  if (before?.state === now.state && before.active === now.active && pointAge(before) === age) return;
  upsertSearchAttributes([
    { key: STATE_KEY, value: now.state },
    { key: ACTIVE_KEY, value: now.active },
    { key: AGE_KEY, value: age },
  ]);
}

/** In seconds, of whole minutes. */
const pointAge = ({ lastSync, observedAt }: PairStatus): number | null =>
  lastSync && observedAt ? Math.floor((Date.parse(observedAt) - Date.parse(lastSync.at)) / 60_000) * 60 : null;
