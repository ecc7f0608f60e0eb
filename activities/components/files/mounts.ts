import { readFile } from 'node:fs/promises';

/** `/proc/self/mountinfo` writes space, tab, newline and backslash as octal numbers. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Mount points at `path` and below, bind mounts too (Linux). */
export async function mountsBelow(path: string): Promise<readonly string[]> {
  const table = await readFile('/proc/self/mountinfo', 'latin1').catch(() => '');
  const bytes = Buffer.from(path).toString('latin1');
  return table
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((point) => point === bytes || point.startsWith(`${bytes}/`))
    .map((point) => Buffer.from(point, 'latin1').toString());
}
