import type { VaultPoints } from '../../model/inspect.ts';
import { comparePoints } from '../../model/points.ts';
import type { Style } from './style.ts';
import { indent, table } from './table.ts';
import { bytes, time } from './units.ts';

/** One table a vault, newest point first. */
export function renderPoints(style: Style, vaults: readonly VaultPoints[]): string {
  return vaults.map((vault) => `${style.bold(`Vault of ${vault.site}`)}\n${indent(body(style, vault))}`).join('\n\n');
}

function body(style: Style, { points, problem }: VaultPoints): string {
  if (problem) return style.red(problem);
  if (points.length === 0) return 'no recovery points yet';
  const rows = [...points]
    .sort((a, b) => comparePoints(b, a))
    .map((point) => [
      point.id,
      time(point.startedAt),
      point.site,
      bytes(point.bytes),
      point.state === 'proven' ? style.green(point.state) : point.state,
      point.purpose,
      point.lostTimeline ? style.yellow('lost timeline') : '',
    ]);
  return table(style, ['POINT', 'TIME', 'FROM', 'SIZE', 'STATE', 'PURPOSE', ''], rows);
}
