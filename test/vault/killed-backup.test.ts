import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createChildren } from '../../activities/run/children.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { seedOfRun } from '../kills/seed.ts';
import { compiled } from './compiled.ts';
import { madePair, manifestOf, PASSWORDS, type PairOfVaults, points, restic, work } from './pair-of-vaults.ts';

const BYTES = 6_000_000;
const SEED = seedOfRun();
let pair: PairOfVaults;
let child: Awaited<ReturnType<typeof compiled>>;
beforeAll(async () => {
  [pair, child] = await Promise.all([
    madePair(),
    compiled(join(packageRoot(), 'test', 'vault', 'child', 'backup-child.ts')),
  ]);
});
afterAll(async () => {
  await Promise.all([pair.remove(), child.remove()]);
});

type KillAt = number | 'before-seal' | 'in-seal' | 'never';

/** Runs the worker in a process of its own; returns how it ended and what it said. */
function worker(point: string, seed: number, killAt: KillAt): Promise<{ signal: unknown; said: string }> {
  const stored = { snapshot: '', bytes: 0, sha256: '', stored: 0, file: 'app.bin' };
  const task = {
    restic: inject('restic'),
    folder: pair.folder,
    password: PASSWORDS.a,
    bytes: BYTES,
    seed,
    killAt,
    manifest: manifestOf(point, 'a', { app: stored }),
  };
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TASK: JSON.stringify(task) };
    const running = execFile(process.execPath, [child.program], { env }, (error, stdout, stderr) => {
      if (stderr !== '') reject(new Error(stderr));
      else resolve({ signal: error?.signal, said: stdout });
    });
    running.stdin?.end();
  });
}

/** Waits for restic: it may finish a truncated snapshot after its worker is gone. */
async function childrenGone(): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if ((await working()) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('restic does not end');
}

/** Processes that work on this vault, by their environment. */
async function working(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.includes(`RESTIC_REPOSITORY=${pair.repository('a')}`);
    }),
  );
  return found.filter(Boolean).length;
}

test.runIf(process.platform === 'linux')(
  'a worker killed with kill -9 at 20 random bytes of a backup leaves nothing that is listed as a point',
  async () => {
    let state = SEED;
    const random = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state / 0x80000000;
    };
    const kills: KillAt[] = Array.from({ length: 20 }, () => Math.floor(random() * BYTES));
    kills.push('before-seal', 'in-seal');
    let leftovers = 0;
    console.log(`killed at ${kills.join(', ')}: again with UNDERSTUDY_KILLS_SEED=${SEED}`);

    for (const [i, killAt] of kills.entries()) {
      const point = `e1.s${i + 1}`;
      const ended = await worker(point, SEED + i, killAt);
      expect(ended, `killed at ${killAt}`).toEqual({ signal: 'SIGKILL', said: '' });
      // Half of the time the next worker starts at once and ends what is left; else restic gets to finish what it has.
      if (i % 2 === 0) leftovers += await createChildren(join(pair.folder, 'children')).endLeftovers();
      else await childrenGone();
      const listed = await points(pair.open('a'));
      // Killed while it wrote the manifest, a point may just have come to be; then it must be whole.
      if (killAt === 'in-seal' && listed.includes(point)) {
        for (const manifest of await pair.a.manifests(work())) await pair.a.verify(work(), manifest);
      } else expect(listed, `killed at ${killAt}`).toEqual([]);
    }

    // The kills did land where they hurt: restic was found running, and it left truncated snapshots behind.
    expect(leftovers).toBeGreaterThan(0);
    const snapshots = JSON.parse(await restic(pair, 'a', 'snapshots', '--json', '--tag', 'understudy.kind=artefact'));
    expect(snapshots.length).toBeGreaterThan(5);

    // Nobody cleans up, and the next backup works.
    expect(await worker('e1.s99', SEED, 'never')).toEqual({ signal: undefined, said: 'sealed' });
    expect(await points(pair.open('a'))).toContain('e1.s99');
    expect((await pair.b.pull(work(), 'e1.s99')).artefacts[0]?.bytes).toBe(BYTES);
    // And so does a prune, which nothing may hold a lock against.
    await pair.a.forget(work(), ['e1.s99']);
    expect(await points(pair.open('a'))).not.toContain('e1.s99');
  },
  400_000,
);
