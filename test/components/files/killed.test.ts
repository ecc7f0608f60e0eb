import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../tools/package-root.ts';
import { listing } from './awkward-tree.ts';
import { backup, place, work } from './harness.ts';

const ROOT = packageRoot();
const DIST = join(ROOT, 'dist');
const SCRIPT = resolve('test/components/files/restore-process.mjs');
const ROUNDS = 6;

/** `npm test` has just built; a single run of this file may have to. */
function ensureBuilt(): void {
  const folders = ['activities/components/files', 'activities/run', 'activities/config', 'model'];
  const stale = folders.some((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.ts'))
      .some((name) => {
        const built = join(DIST, folder, name.replace(/\.ts$/, '.js'));
        return !existsSync(built) || statSync(built).mtimeMs < statSync(join(ROOT, folder, name)).mtimeMs;
      }),
  );
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  if (stale) execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'ignore' });
}

function grow(root: string, seed: string): void {
  rmSync(root, { recursive: true, force: true });
  for (let folder = 0; folder < 12; folder++) {
    mkdirSync(join(root, `${seed}-${folder}`), { recursive: true });
    for (let file = 0; file < 40; file++)
      writeFileSync(join(root, `${seed}-${folder}`, `${file}`), `${seed} ${folder} ${file}`.repeat(200));
  }
  writeFileSync(join(root, 'large'), Buffer.alloc(8_000_000, seed));
}

/** Runs a restore; kills it after `after` milliseconds of work. Returns whether it was done before, and how long it took. */
async function run(
  archive: string,
  tree: string,
  scratch: string,
  after?: number,
): Promise<{ done: boolean; took: number }> {
  const child = spawn(process.execPath, [SCRIPT, DIST, archive, tree, scratch], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  const began = Date.now();
  if (after !== undefined) await Promise.race([delay(after), ended]);
  if (after !== undefined) child.kill('SIGKILL');
  await ended;
  return { done: said.includes('done'), took: Date.now() - began };
}

test('killed at any moment, a restore leaves the old tree or the new one, and the next one heals', async () => {
  ensureBuilt();
  const { folder, path, at } = await place();
  const tree = path('dc2');
  await at('dc2').establish?.();
  const [old, fresh] = ['old', 'new'].map((seed) => join(folder, `${seed}.tar`)) as [string, string];
  const listings: string[] = [];
  for (const [seed, archive] of [
    ['old', old],
    ['new', fresh],
  ] as const) {
    grow(path('dc1'), seed);
    listings.push(listing(path('dc1')));
    await backup(at('dc1'), archive);
  }
  let { took } = await run(old, tree, folder);
  expect(listing(tree)).toBe(listings[0]);

  let killed = 0;
  // A restore that the machine was slow at tells a length that the others do not have: then it goes on for more rounds.
  for (let round = 1; round <= ROUNDS || (killed <= ROUNDS / 3 && round <= 5 * ROUNDS); round++) {
    // Evenly over the whole length of it, so that each phase is hit whatever the speed of the machine.
    const after = (took * (((round - 1) % ROUNDS) + 1)) / (ROUNDS - 1);
    const one = await run(round % 2 === 0 ? old : fresh, tree, folder, after);
    if (one.done) took = Math.min(took, one.took);
    else killed++;
    expect(listings).toContain(listing(tree));
  }
  expect(killed).toBeGreaterThan(ROUNDS / 3);

  expect((await run(fresh, tree, folder)).done).toBe(true);
  expect(listing(tree)).toBe(listings[1]);
  await at('dc2').clean(work());
  expect(readdirSync(`${tree}.understudy`)).toEqual(['identity']);
  rmSync(folder, { recursive: true, force: true });
}, 120_000);
