import { words } from '../../model/duration.ts';
import type { PairStatus, RunStatus } from '../../model/status.ts';
import { type CommandOptions, renderAsk } from './ask.ts';
import { runTitle, stepLine } from './steps.ts';
import type { Style } from './style.ts';
import { block, indent, table } from './table.ts';
import { time } from './units.ts';

/** All that `status` shows on one screen. */
export interface PairView {
  readonly status: PairStatus;
  /** Where it comes from: the workflow `pair`, or the sites, asked just now. */
  readonly source: 'pair' | 'sites';
  readonly runs: readonly RunView[];
  /** Targets in milliseconds. */
  readonly targets: { readonly rpo: number };
}

export interface RunView {
  readonly id: string;
  /** Undefined when the run could not be asked. */
  readonly status?: RunStatus;
}

export function renderPair(style: Style, view: PairView, now: number, options: CommandOptions): string {
  const { status, source } = view;
  const looked = status.observedAt ? `${words(Math.max(0, now - Date.parse(status.observedAt)))} ago` : 'never';
  return [
    block(style, `Pair ${status.pair}`, [
      ['State', paintState(style, status.state)],
      ...(status.paused ? [['Paused', `by ${status.paused.who}: ${status.paused.why}`] as [string, string]] : []),
      ...(status.refused ? [['Not taken', style.yellow(notTaken(status.refused))] as [string, string]] : []),
      ['Active', status.active ?? style.red('none')],
      ['RPO now', rpo(style, view, now)],
      ['Clients', status.clients],
      ...(status.astray ?? []).map((text): [string, string] => ['At risk', style.red(text)]),
      ...(status.owed ?? []).map((text): [string, string] => ['Owed', style.yellow(text)]),
      [
        'Observed',
        source === 'pair' ? looked : `${looked}, at the sites: the workflow "pair" has not looked yet or does not run`,
      ],
    ]),
    `${style.bold('Sites')}\n${indent(sites(style, status))}`,
    `${style.bold('Runs in progress')}\n${indent(runs(style, view, now, options))}`,
  ].join('\n\n');
}

export function renderSites(style: Style, status: PairStatus): string {
  return sites(style, status);
}

function sites(style: Style, status: PairStatus): string {
  const rows = status.sites.map((site) => [
    site.site,
    site.role === 'active' ? style.bold(site.role) : site.role,
    `${site.epoch}`,
    `${site.claim}`,
    site.content,
    site.reachable ? 'yes' : style.red('no'),
    site.health,
  ]);
  return table(style, ['SITE', 'ROLE', 'EPOCH', 'CLAIM', 'CONTENT', 'REACHABLE', 'HEALTH'], rows);
}

function runs(style: Style, { status, runs }: PairView, now: number, options: CommandOptions): string {
  const known = new Set(runs.map((run) => run.id));
  const unlisted = status.runs.filter((run) => !known.has(run.id)).map((run) => `${run.id}  ${run.step}`);
  const lines = [...runs.map((run) => renderRun(style, run, now, options)), ...unlisted];
  return lines.length === 0 ? 'none' : lines.join('\n');
}

function renderRun(style: Style, { id, status }: RunView, now: number, options: CommandOptions): string {
  if (!status) return `${id}  ${style.red('does not answer: no worker has it')}`;
  const current = status.steps.filter((step) => ['running', 'asking', 'blocked'].includes(step.state));
  return [
    `${style.bold(id)}  ${runTitle(status)}`,
    ...(status.refused ? [indent(style.yellow(notTaken(status.refused)))] : []),
    ...current.map((step) => indent(stepLine(style, step, now))),
    ...(status.ask ? [indent(renderAsk(style, status.ask, options))] : []),
  ].join('\n');
}

/** A signal has no reply: whoever sent it sees it here. */
const notTaken = (why: string): string => `the last signal: ${why}`;

/** Against the target: green below half of it, yellow up to it, red beyond. */
function rpo(style: Style, { status, targets }: PairView, now: number): string {
  if (!status.lastSync) return style.red('no recovery point yet');
  const age = Math.max(0, now - Date.parse(status.lastSync.at));
  const color = age > targets.rpo ? style.red : age > targets.rpo / 2 ? style.yellow : style.green;
  const { point, at } = status.lastSync;
  return `${color(words(age))} (target ${words(targets.rpo)}); point ${point} of ${time(at)}`;
}

function paintState(style: Style, state: string): string {
  if (state === 'PROTECTED') return style.green(state);
  return ['AT RISK', 'PAUSED', 'FAILING OVER', 'HELD'].includes(state) ? style.yellow(state) : style.red(state);
}
