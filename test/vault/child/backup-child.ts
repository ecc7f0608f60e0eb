import { Readable } from 'node:stream';
import { createChildren } from '../../../activities/run/children.ts';
import { createResticVault } from '../../../activities/vault/restic-vault.ts';
import type { Manifest } from '../../../model/points.ts';

/**
 * A worker that backs up one component and seals the point, and that ends as by `kill -9` when so many bytes have left it:
 * beyond the last byte, between the backup and its manifest, or while that is written.
 */
interface Task {
  readonly restic: string;
  readonly folder: string;
  readonly password: string;
  readonly bytes: number;
  readonly seed: number;
  readonly killAt: number | 'before-seal' | 'in-seal' | 'never';
  readonly manifest: Manifest;
}

const task: Task = JSON.parse(process.env.TASK ?? '');
const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

function* source(): Generator<Buffer> {
  let state = task.seed;
  for (let sent = 0; sent < task.bytes; ) {
    const piece = Buffer.allocUnsafe(Math.min(32_768, task.bytes - sent));
    for (let i = 0; i + 4 <= piece.length; i += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      piece.writeInt32LE(state, i);
    }
    const left = typeof task.killAt === 'number' ? task.killAt - sent : Number.POSITIVE_INFINITY;
    if (left > 0) yield left < piece.length ? piece.subarray(0, left) : piece;
    sent += piece.length;
    if (left <= piece.length) return die();
  }
}

const vault = createResticVault({
  restic: task.restic,
  pair: 'orders',
  site: 'a',
  config: { repository: `${task.folder}/a/vault`, password: { env: 'PASSWORD' } },
  peerSite: 'b',
  peer: { repository: `${task.folder}/b/vault`, password: { env: 'PASSWORD' } },
  resolve: async () => task.password,
  cacheFolder: `${task.folder}/a/cache`,
  children: createChildren(`${task.folder}/children`),
});
const work = { signal: new AbortController().signal, progress: () => {} };

const stored = await vault.store(work, {
  point: task.manifest.id,
  component: 'app',
  file: 'app.bin',
  stream: Readable.from(source(), { objectMode: false }),
});
if (task.killAt === 'before-seal') die();
if (task.killAt === 'in-seal') setTimeout(die, 30);
const artefacts = task.manifest.artefacts.map((one) => ({ ...one, ...stored }));
await vault.seal(work, { ...task.manifest, artefacts });
// It was sealed sooner than that.
if (task.killAt === 'in-seal') die();
process.stdout.write('sealed');
