import { CONTROL_QUEUE } from '../model/names.ts';
import type { Plan } from '../model/plan.ts';
import type { PairStatus } from '../model/status.ts';

/** Current details of `pair`: one screen with the state, both sites, runs in progress and links that start the next one. */
export function pairDetails(plan: Plan, status: PairStatus): string {
  const other = status.sites.find((site) => site.site !== status.active)?.site ?? '?';
  const start = (type: string): string =>
    `/namespaces/{namespace}/workflows/start-workflow?taskQueue=${CONTROL_QUEUE}&workflowType=${type}`;
  const rows = status.sites.map(
    (site) =>
      `| ${site.site} | ${site.role} | ${site.epoch} | ${site.content || '–'} | ${site.reachable ? site.health : `does not answer: ${site.health}`} |`,
  );
  return [
    `### ${plan.pair}: **${status.state}**`,
    `Active: **${status.active ?? 'none'}** · last recovery point: ${status.lastSync ? `\`${status.lastSync.point}\` of ${status.lastSync.at}` : 'none'} · ${status.clients}`,
    ['| site | role | epoch | content | health |', '|---|---|---|---|---|', ...rows].join('\n'),
    status.runs.length > 0
      ? status.runs
          .map(
            (run) =>
              `- [${run.id}](/namespaces/{namespace}/workflows/${encodeURIComponent(run.id)}) ${run.kind}: ${run.step}`,
          )
          .join('\n')
      : 'No run is in progress.',
    [
      `Start: [a sync](${start('sync')}) with \`{"pair": "${plan.pair}"}\``,
      `[a failover](${start('failover')}) with \`{"pair": "${plan.pair}", "to": "${other}", "mode": "planned", "reason": "…"}\``,
    ].join(', '),
    `Seen ${status.observedAt ?? 'never'}`,
  ].join('\n\n');
}
