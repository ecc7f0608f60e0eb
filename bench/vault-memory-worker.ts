import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
// A site worker has the SDK in memory as well.
import '@temporalio/worker';
import { createChildren } from '../activities/run/children.ts';
import { readThrough } from '../activities/vault/dump.ts';
import { createResticVault } from '../activities/vault/restic-vault.ts';

/**
 * What a sync does to both vaults with one incompressible artefact, in one worker: store, seal, pull, verify, read back.
 * Arguments: path of restic, folder, bytes. Prints one line a step.
 */
const [restic = '', folder = '', bytes = '0'] = process.argv.slice(2);
const total = Number(bytes);

const vaultOf = (site: 'a' | 'b') => {
  const config = (name: string) => ({ repository: join(folder, name), password: { env: 'PASSWORD' } });
  return createResticVault({
    restic,
    pair: 'bench',
    site,
    config: config(site),
    peerSite: site === 'a' ? 'b' : 'a',
    peer: config(site === 'a' ? 'b' : 'a'),
    resolve: async () => 'only for this measurement',
    cacheFolder: join(folder, `cache-${site}`),
    children,
  });
};

function* incompressible(): Generator<Buffer> {
  for (let left = total; left > 0; left -= 65_536) yield randomBytes(Math.min(left, 65_536));
}

const children = createChildren(join(folder, 'children'));
const [a, b] = [vaultOf('a'), vaultOf('b')];
const work = { signal: new AbortController().signal, progress: () => {} };
const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
  const start = performance.now();
  const result = await run();
  process.stdout.write(`${JSON.stringify({ step: name, seconds: (performance.now() - start) / 1000 })}\n`);
  return result;
};

await step('create', async () => {
  await a.create(work);
  await b.create(work);
});
const stored = await step('store', () =>
  a.store(work, {
    point: 'e1.s1',
    component: 'app',
    file: 'app.bin',
    stream: Readable.from(incompressible(), { objectMode: false }),
    bytes: total,
  }),
);
const now = new Date().toISOString();
await step('seal', () =>
  a.seal(work, {
    format: 1,
    id: 'e1.s1',
    pair: 'bench',
    site: 'a',
    epoch: 1,
    sequence: 1,
    parent: null,
    claim: 1,
    purpose: 'sync',
    startedAt: now,
    finishedAt: now,
    artefacts: [
      { component: 'app', kind: 'command', file: 'app.bin', version: '1', inventory: {}, moving: [], ...stored },
    ],
    enabled: {},
    config: 'bench',
  }),
);
const manifest = await step('pull', () => b.pull(work, 'e1.s1'));
await step('verify', () => b.verify(work, manifest));
await step('read', async () => readThrough(await b.dump(work, manifest, 'app')));
