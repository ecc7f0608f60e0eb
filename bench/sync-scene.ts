import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type Scene, setTheScene } from '../demo/scene.ts';
import { PAIR } from '../demo/scene-config.ts';
import { CONTROL_QUEUE } from '../model/names.ts';
import { prepareScript } from './admin-script.ts';
import { startCountingServer } from './counting-server.ts';
import { peakOf } from './memory.ts';
import { changedBetween, type Directory, readDirectory } from './package-directory.ts';
import { type Timed, timed } from './simulator-time.ts';
import { runSync } from './sync-run.ts';

/** One cycle made both ways, and the bytes that B read from A's vault in each. */
export interface Cycle {
  readonly sync: Timed;
  readonly script: Timed;
  readonly bytesMoved: number;
  readonly scriptMoved: number;
}

/** About 500 MB as a zip: half of the entries do not shrink, the others shrink to a third. 1 % of them changes. */
export const FILLER = { bytes: 760_000_000, entries: 2600, sizes: 'mixed', text: 0.5, changed: 26 } as const;

/** Two installations; a first cycle and one with some entries changed, each by a sync and by the script, in turn. */
export async function playCycles(run: number, say: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-sync-'));
  const server = await startCountingServer(folder);
  const scene = await setTheScene(folder, () => {}, {
    settings: { filler: { ...FILLER, seed: `run ${run}`, generation: 0 }, unknowns: { zipTimes: 'stamped' } },
    peerVault: (site) => server.repository(`${site}/vault`),
  });
  const connection = await Connection.connect({ address: scene.temporal.address });
  const client = new Client({ connection });
  try {
    await client.workflow.execute('setup', { workflowId: 'setup', taskQueue: CONTROL_QUEUE, args: [{ pair: PAIR }] });
    const script = await prepareScript(scene, server);
    const workers = (['control', 'dc1', 'dc2'] as const).map((part) => scene.worker(part).pid);
    const ours = [process.pid, ...workers, scene.temporal.pid() ?? 0];
    const counted = async (pids: readonly number[], work: () => Promise<Record<string, number>>) => {
      const before = server.bytes();
      const made = await timed(scene, pids, work);
      return { made, moved: server.bytes() - before };
    };
    const cycle = async (name: string): Promise<Cycle> => {
      const sync = () => counted(ours, () => runSync(client, `${name}-${run}`));
      // Whoever comes second finds warmer caches, so now one is first, now the other.
      const early = run % 2 === 0 ? await sync() : undefined;
      const byScript = await counted([process.pid], script.run);
      const bySync = early ?? (await sync());
      say(`${name}, sync: ${inWords(bySync)}\n${name}, script: ${inWords(byScript)}`);
      return {
        sync: bySync.made,
        script: byScript.made,
        bytesMoved: bySync.moved,
        scriptMoved: byScript.moved,
      };
    };
    const first = await cycle('first');
    const before = await readDirectory(script.package);
    await changeSome(scene);
    const changed = await cycle('changed');
    const after = await readDirectory(script.package);
    checkPackage(before, after);
    const workerMb = Math.round(Math.max(...workers.map(peakOf)));
    return { first, changed, before, after, workerMb };
  } finally {
    await connection.close();
    await scene.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const inWords = ({ made, moved }: { readonly made: Timed; readonly moved: number }): string =>
  `${made.own} ms and ${made.simulatorMs} of the simulator; processor ${made.cpuMs} ms; ${moved} bytes moved; ${JSON.stringify(made.parts)}`;

/** The next backup has other content in some entries. */
async function changeSome(scene: Scene): Promise<void> {
  for (const site of ['dc1', 'dc2'] as const) {
    const file = join(scene.folder, `${site}.settings.json`);
    const settings = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...settings, filler: { ...settings.filler, generation: 1 } }));
  }
  // The simulator watches the file; that it has seen the change is checked with the packages afterwards.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}

/** Figures of other packages than the one described would mean nothing. */
function checkPackage(before: Directory, after: Directory): void {
  const { entries } = changedBetween(before, after);
  if (after.size < 2000 || entries < FILLER.changed || entries > 2 * FILLER.changed)
    throw new Error(`the package is not the one to be measured: ${after.size} entries, ${entries} of them changed`);
}
