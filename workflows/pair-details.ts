import { words, written } from '../model/duration.ts';
import { failoverWorkflowId, syncScheduleId, syncWorkflowId } from '../model/names.ts';
import type { PairState } from '../model/pair-state.ts';
import type { Plan } from '../model/plan.ts';
import type { PairStatus } from '../model/status.ts';
import { code, cut, json, listLink, oneLine, runLink, scheduleLink, startLink, table, utc } from './markdown.ts';

/** What each state means to whoever has to do something about it. */
const MEANS: Readonly<Record<PairState, string>> = {
  PROTECTED: 'The standby holds a proven copy of the active site that is young enough.',
  'AT RISK':
    'The proven copy is older than the target, the last restore was not proven, a site does not answer, or clients are led to the wrong site.',
  UNPROTECTED: 'No proven copy stands by. Where one site is active and the other standby, a sync makes one.',
  'FAILING OVER': 'A failover is in progress.',
  HELD: 'The active site still holds back schedules and automations that an earlier run froze; the next sync releases them first.',
  INTERRUPTED:
    'A failover stopped on its way and its run is gone. A new failover finds what was begun, and goes on from there.',
  'NO ACTIVE': 'Both sites answer and none is active: nothing serves. A planned failover promotes a standby.',
  CONFLICT: 'Both sites act. Nothing is started here; a person decides which one is right.',
  UNKNOWN: 'A site does not answer or its record cannot be read: what is true there is not known.',
  PAUSED: 'No sync is started and the copy grows older. A failover is possible all the same.',
};

/** Current details of `pair`: one screen with the state, both sites, runs in progress, and how to start the next one. */
export function pairDetails(plan: Plan, status: PairStatus): string {
  const { pair } = plan;
  return [
    `### ${pair}: ${status.state}`,
    `${MEANS[status.state as PairState] ?? ''}${status.paused ? ` Paused by ${status.paused.who}: ${oneLine(status.paused.why)}.` : ''}`,
    ...(status.refused ? [`**The last signal was not taken:** ${code(cut(oneLine(status.refused), 400))}`] : []),
    ...(status.astray ?? []).map((text) => `**Clients:** ${oneLine(text)}.`),
    ...(status.owed ?? []).map((text) => `**Owed:** ${text}.`),
    table(
      ['', ''],
      [
        ['active', `**${status.active ?? 'none is known'}**`],
        ['recovery point', pointLine(plan, status)],
        ['clients', status.clients],
      ],
    ),
    table(
      ['site', 'role', 'epoch', 'content', 'health'],
      status.sites.map((site) => [
        site.site,
        site.role,
        site.reachable ? `${site.epoch}` : '?',
        site.content || '–',
        cut(site.reachable ? site.health : `does not answer: ${site.health}`, 240),
      ]),
    ),
    runsBlock(status),
    ...starts(plan, status),
    [
      listLink('all runs of this pair', `UnderstudyPair="${pair}"`),
      scheduleLink('schedule of its syncs', syncScheduleId(pair)),
      `looked at ${status.observedAt ? utc(status.observedAt) : 'not yet'}, and again every minute`,
    ].join(' · '),
  ].join('\n\n');
}

function pointLine({ targets }: Plan, { lastSync, observedAt }: PairStatus): string {
  if (!lastSync) return 'none';
  const age = Date.parse(observedAt ?? lastSync.at) - Date.parse(lastSync.at);
  return `\`${lastSync.point}\` of ${utc(lastSync.at)}, ${words(Math.max(0, age))} old (target ${written(targets.rpo)})`;
}

function runsBlock({ runs }: PairStatus): string {
  if (runs.length === 0) return 'No run is in progress.';
  return runs
    .map(
      ({ id, step, asks }) =>
        `- ${runLink(id, id)} ${asks ? `**waits for an answer:** ${oneLine(asks)}` : `is at ${step}`}`,
    )
    .join('\n');
}

/** Forms with the exact input. A failover is only offered to a standby that answers. */
function starts({ pair }: Plan, { state, sites, runs, paused, observedAt }: PairStatus): readonly string[] {
  if (runs.some(({ kind }) => kind === 'failover')) return [];
  const serving = sites.some((site) => site.reachable && site.role === 'active');
  const targets = sites.filter((site) => site.reachable && site.role === 'standby');
  const found = serving || sites.every((site) => site.reachable);
  const mode = found ? 'planned' : 'unplanned';
  const id = failoverWorkflowId(pair, observedAt ?? '');
  return [
    ...(paused ? ['Syncs are started again by the update `resume` of this workflow; it has no input.'] : []),
    ...(serving && targets.length > 0 && !paused && state !== 'INTERRUPTED'
      ? [`${startLink('Start a sync', 'sync', syncWorkflowId(pair))} with`, json(`{"pair": "${pair}"}`)]
      : []),
    ...targets.flatMap(({ site }) => [
      `${startLink(`Start ${found ? 'a planned' : 'an unplanned'} failover to ${site}`, 'failover', id)} with`,
      json(`{"pair": "${pair}", "to": "${site}",\n "mode": "${mode}", "reason": ""}`),
    ]),
  ];
}
