/** Colours of a terminal, or none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const wrap =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`;

const COLORED: Style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
  cyan: wrap(36, 39),
};

const same = (text: string): string => text;
export const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

export const styleFor = (color: boolean): Style => (color ? COLORED : PLAIN);

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal's colours are made of
const COLORS = /\u001b\[\d+m/g;

/** Columns that this text takes. */
export const width = (text: string): number => text.replace(COLORS, '').length;
