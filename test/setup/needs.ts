import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The names that test files, and the helpers under `test/` that they import, ask for by `inject('name')`. So a run of a few
 * plain tests starts no server and builds no program.
 */
export async function neededBy(testFiles: readonly string[]): Promise<Set<string>> {
  const needs = new Set<string>();
  const seen = new Set<string>();
  const open = [...testFiles];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [, name] of text.matchAll(/\binject\('(\w+)'\)/g)) needs.add(name as string);
    for (const [, path] of text.matchAll(/\b(?:from|import\()\s*'(\.[^']+\.ts)'/g)) {
      const imported = join(dirname(file), path as string);
      if (/[\\/]test[\\/]/.test(imported)) open.push(imported);
    }
  }
  return needs;
}
