import type { Config } from '../../model/config.ts';
import { words } from '../../model/duration.ts';
import type { Mode } from '../../model/inputs.ts';
import type { PairStatus } from '../../model/status.ts';
import type { Style } from './style.ts';
import { block } from './table.ts';

export interface FailoverPlanView {
  readonly from: string;
  readonly to: string;
  readonly mode: Mode;
  readonly reason: string;
  readonly point?: string;
  readonly config: Pick<Config, 'approvals' | 'redirects' | 'checks' | 'clients' | 'freeze'>;
  readonly status: PairStatus;
}

/** What would be done, before it is started. The run itself plans anew, and its approvals show the facts. */
export function renderFailoverPlan(style: Style, view: FailoverPlanView): string {
  const { from, to, mode, reason, config, status, point } = view;
  const approvals = config.approvals[mode];
  const means = config.redirects.map(({ name }) => name);
  const clients =
    means.length > 0 ? `moved by ${means.join(', ')}` : style.yellow('not moved: no redirect is configured');
  return block(style, `Plan: ${mode} failover ${from} → ${to}`, [
    ['Reason', reason],
    ['Steps', mode === 'planned' ? plannedSteps(from, to) : unplannedSteps(from, to)],
    ['Approvals', approvals.length > 0 ? approvals.join(', ') : 'none'],
    ['Clients', `${clients}; proved by ${config.checks.length} checks`],
    ['Loss', mode === 'planned' ? planned(config.freeze.frontDoor !== undefined) : loss(style, status, point)],
    ...(mode === 'planned' ? ([['Freeze', `at most ${words(config.freeze.max)} without an answer`]] as const) : []),
    ...(status.active === to ? ([['Note', style.yellow(`${to} is active already`)]] as const) : []),
  ]);
}

const planned = (frontDoor: boolean): string =>
  frontDoor
    ? 'nothing; what a component cannot promise stands in the first approval'
    : 'nothing that is accepted before the freeze; no front door is configured, so what clients write after it may be lost';

const plannedSteps = (from: string, to: string): string =>
  `freeze ${from}, final sync, demote ${from}, promote ${to}, redirect, verify`;
const unplannedSteps = (from: string, to: string): string =>
  `restore the point at ${to}, fence ${from}, promote ${to}, redirect, verify`;

function loss(style: Style, { lastSync }: PairStatus, point: string | undefined): string {
  if (point) return style.red(`what was written after ${point}`);
  if (!lastSync) return style.red('not known: no recovery point was seen');
  return style.red(`what was written after ${lastSync.at} (${lastSync.point}); stated exactly before the approval`);
}
