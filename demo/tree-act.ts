import { mkdir, rm, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { stringify } from 'yaml';
import { loadConfig } from '../activities/config/load.ts';
import { setUp } from '../client/set-up.ts';
import { createUnderstudy } from '../client/understudy.ts';
import { words } from '../model/duration.ts';
import type { Scene } from './scene.ts';
import { linkTo, type Row } from './timeline.ts';
import { chooseTree, copyTree, countFiles, differences } from './trees.ts';

/** A second pair, in a namespace of its own: one sync of a copy of a real directory tree, then the two are compared. */
const PAIR = 'tree';

export async function protectTree(
  scene: Scene,
  asked: string | undefined,
  say: (line: string) => void,
): Promise<{ readonly what: string; readonly holds: boolean; readonly row: Row }> {
  const tree = await chooseTree(asked);
  const folder = join(scene.folder, PAIR);
  const [left, right] = [join(folder, 'a', 'tree'), join(folder, 'b', 'tree')];
  await mkdir(left, { recursive: true });
  await mkdir(right, { recursive: true });
  const copied = copyTree(tree, left);
  copied.catch(() => undefined);
  const config = join(folder, 'understudy.yaml');
  const password = { env: 'TREE_PASSWORD' };
  const site = (name: string) => ({
    state: join(folder, name, 'state'),
    vault: { repository: join(folder, name, 'vault'), password },
  });
  await writeFile(
    config,
    stringify({
      pair: PAIR,
      active: 'a',
      temporal: { namespace: PAIR },
      clients: { url: scene.door.url },
      sites: { a: site('a'), b: site('b') },
      components: { tree: { kind: 'files', sites: { a: { path: left }, b: { path: right } } } },
    }),
  );

  const connection = await Connection.connect({ address: scene.temporal.address });
  await connection.workflowService.registerNamespace({
    namespace: PAIR,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const client = new Client({ connection, namespace: PAIR });
  const worker = scene.cast.start('worker-tree', 'client/main.js', ['worker', '--config', config], {
    TREE_PASSWORD: 'of the demo',
    TEMPORAL_ADDRESS: scene.temporal.address,
  });
  // Beside the play, and after it where the machine is small: what it starts inherits that.
  setPriority(worker.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  try {
    const understudy = createUnderstudy({ client, pair: PAIR });
    const loaded = await loadConfig(config);
    await setUp(
      { understudy, client, connection, config: loaded.config, temporal: { namespace: PAIR } },
      { paused: true },
      () => undefined,
    );
    await copied;
    const { files } = await countFiles(left);
    const started = Date.now();
    const run = await understudy.sync();
    const { runId } = await client.workflow.getHandle(run.id).describe();
    const result = await run.result();
    const took = words(Date.now() - started);
    if (result.outcome !== 'synced') throw new Error(`the sync of the tree ended as ${result.outcome}: ${result.why}`);
    say(
      `  ${files} files of ${tree}, ${((result.bytes ?? 0) / 1e6).toFixed(0)} MB stored: ${result.point} proven in ${took}`,
    );
    const found = await differences(left, right);
    // So many files take seconds to remove: now, beside what goes on.
    if (found.length === 0) await Promise.all([left, right].map((each) => rm(each, { recursive: true, force: true })));
    return {
      what: `the trees are equal (${files} files of ${tree})${found.length > 0 ? `; ${found.join('; ')}` : ''}`,
      holds: found.length === 0 && files > 0,
      row: {
        what: 'sync of the tree, a → b',
        rpo: '',
        rto: `proven in ${took}`,
        link: linkTo(scene.temporal.ui, PAIR, run.id, runId),
      },
    };
  } finally {
    await worker.stop();
    await connection.close();
  }
}
