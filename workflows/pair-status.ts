import { stateOfPair } from '../model/pair-state.ts';
import type { Plan } from '../model/plan.ts';
import type { SiteView } from '../model/site-activities.ts';
import type { PairStatus } from '../model/status.ts';
import { cameWithPoint, waitForDecision } from './given-up.ts';
import { lastPoint } from './last-point.ts';

/** A site's own words, or why there are none. */
export type Seen = SiteView | { readonly site: string; readonly problem: string };

/** Where one redirect leads clients to. */
export interface Led {
  readonly name: string;
  readonly leadsTo: string;
}

/** What is known beside the sites' own words. */
export interface Beside {
  readonly runs: PairStatus['runs'];
  /** Those of the time when the look began. One that has ended since may have been seen half done, and moved clients later. */
  readonly begun?: PairStatus['runs'];
  readonly lastSync: PairStatus['lastSync'];
  /** Where the clients' address leads, in words. */
  readonly clients: string;
  /** Which site each redirect clearly leads to; one that cannot be read, or names no site, is left out. */
  readonly led?: readonly Led[];
  /** Why the last signal was not taken. */
  readonly refused?: string | undefined;
  readonly now: string;
}

/** The pair in one object: derived from what the sites say, never from what a run remembers. */
export function pairStatus(plan: Plan, seen: readonly Seen[], beside: Beside): PairStatus {
  const views = seen.filter((each): each is SiteView => 'clock' in each);
  const active = views.find((view) => view.record?.role === 'active');
  const lastSync = lastPoint(views, beside.lastSync);
  const paused = views.find((view) => view.record?.paused)?.record?.paused;
  const running = [...beside.runs, ...(beside.begun ?? [])];
  const failingOver = running.some(({ kind }) => kind === 'failover');
  const owed = active && !failingOver ? owedJobs(plan, active) : [];
  const astray = active && !failingOver ? ledAstray(beside.led ?? [], active.site) : [];
  return {
    pair: plan.pair,
    state: stateOfPair(
      seen.map((each) => ({
        site: each.site,
        answers: 'clock' in each,
        record: 'clock' in each ? each.record : null,
        held: 'clock' in each && each.held,
      })),
      {
        running: running.map((run) => run.id),
        pointAge: lastSync ? Date.parse(beside.now) - Date.parse(lastSync.at) : null,
        rpo: plan.targets.rpo,
        astray: astray.length > 0,
      },
    ),
    active: active?.site ?? null,
    runs: beside.runs,
    lastSync,
    sites: seen.map((each) => ('clock' in each ? siteRow(each) : { ...EMPTY, site: each.site, health: each.problem })),
    clients: beside.clients,
    ...(astray.length > 0 ? { astray } : {}),
    ...(owed.length > 0 ? { owed } : {}),
    ...(paused ? { paused } : {}),
    ...(beside.refused ? { refused: beside.refused } : {}),
    observedAt: beside.now,
  };
}

const ledAstray = (led: readonly Led[], active: string): readonly string[] =>
  led
    .filter(({ leadsTo }) => leadsTo !== active)
    .map(({ name, leadsTo }) => `${name} leads clients to ${leadsTo}, and the active site is ${active}: move it there`);

/** What a run gave up there which is gone. */
function owedJobs({ components }: Plan, { site, givenUpJobs, record }: SiteView): readonly string[] {
  if (givenUpJobs === 0) return [];
  const decided = components.every(({ jobs }) => jobs === 'drop' || (jobs === 'resubmit' && !cameWithPoint(record)));
  return decided
    ? [
        `${givenUpJobs} jobs that were given up at ${site} are owed: the next sync or failover runs them again or drops them, as configured`,
      ]
    : [waitForDecision(givenUpJobs, site)];
}

const EMPTY = { role: 'unknown', epoch: 0, claim: 0, content: '', reachable: false };

function siteRow(view: SiteView): PairStatus['sites'][number] {
  const { record } = view;
  const ill = view.components.find((component) => !component.healthy);
  return {
    site: view.site,
    role: record?.role ?? 'no record',
    epoch: record?.epoch ?? 0,
    claim: record?.claim.number ?? 0,
    content: record?.content ? `${record.content.state}${record.content.point ? ` ${record.content.point}` : ''}` : '',
    reachable: true,
    health: view.recordProblem ?? (ill ? `${ill.name}: ${ill.says}` : (view.vaultProblem ?? 'healthy')),
  };
}
