import { words } from '../../model/duration.ts';
import type { FailoverResult, SyncResult } from '../../model/status.ts';
import type { Style } from './style.ts';
import { bytes, time } from './units.ts';

export function renderSync(style: Style, result: SyncResult): string {
  if (result.outcome !== 'synced') {
    return `${style.yellow(result.outcome.replaceAll('-', ' '))}${result.why ? `: ${result.why}` : ''}`;
  }
  const size = result.bytes === undefined ? '' : `, ${bytes(result.bytes)}`;
  const at = result.pointTime ? ` of ${time(result.pointTime)}` : '';
  return [
    style.green(`synced ${result.from} → ${result.to}: point ${result.point}${at}${size}`),
    ...(result.extras ? [`  the standby has ${result.extras} more than the active`] : []),
    ...(result.notes ?? []).map((note) => `  ${note}`),
  ].join('\n');
}

export function renderFailover(style: Style, result: FailoverResult): string {
  const { outcome, verdict } = result;
  const good = outcome === 'committed' || outcome === 'already-there';
  const title = `${outcome.replaceAll('-', ' ')}: ${result.from} → ${result.to}, ${result.mode}`;
  const facts: [string, string | undefined][] = [
    ['Why', result.why],
    ['Point', result.point],
    [
      'RPO',
      result.rpo === undefined
        ? undefined
        : result.rpo === 0
          ? 'nothing lost of what was accepted before the freeze'
          : `${words(result.rpo)} lost`,
    ],
    ['RTO', result.rto === undefined ? undefined : words(result.rto)],
    ['Verdict', verdict && `${verdict.result} by ${verdict.means}${verdict.who ? `, ${verdict.who}` : ''}`],
    ['State', result.state],
    ...result.notes.map((note): [string, string] => ['Note', note]),
    ...result.answers.map((each): [string, string] => [
      'Answer',
      `${each.step}: ${each.choice} by ${each.who}, ${each.why}`,
    ]),
  ];
  return [
    (good ? style.green : style.yellow)(style.bold(title)),
    ...facts.filter(([, value]) => value).map(([name, value]) => `  ${name.padEnd(8)} ${value}`),
  ].join('\n');
}
