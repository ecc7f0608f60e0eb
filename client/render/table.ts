import { type Style, width } from './style.ts';

/** Columns aligned to the left, two spaces between them. The last one is not padded, and may have several lines. */
export function table(style: Style, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => width(row[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
      )
      .join('  ')
      .trimEnd();
  const last = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const folded = rows.map(line).map((text) => text.replaceAll('\n', `\n${' '.repeat(last)}`));
  return [style.dim(line(header)), ...folded].join('\n');
}

/** A titled block: the title, and lines of `name  value`. */
export function block(style: Style, title: string, entries: readonly (readonly [string, string])[]): string {
  const names = Math.max(...entries.map(([name]) => name.length));
  return [style.bold(title), ...entries.map(([name, value]) => `  ${name.padEnd(names)}  ${value}`)].join('\n');
}

export const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');
