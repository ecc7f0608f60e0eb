import { type Style, width } from './style.ts';

/** Columns aligned to the left, two spaces between them; the last one is not padded. */
export function table(style: Style, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => width(row[column] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
      )
      .join('  ')
      .trimEnd();
  return [style.dim(line(header)), ...rows.map(line)].join('\n');
}

/** A titled block: the title, and lines of `name  value`. */
export function block(style: Style, title: string, entries: readonly (readonly [string, string])[]): string {
  const names = Math.max(...entries.map(([name]) => name.length));
  return [style.bold(title), ...entries.map(([name, value]) => `  ${name.padEnd(names)}  ${value}`)].join('\n');
}

export const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');
