import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FilesConfig } from '../../../model/config.ts';
import type { Finding } from '../../../model/finding.ts';
import type { ExpectedRule, Projection } from '../../../model/inventory.ts';
import { failure } from '../../failure.ts';
import { type RunOptions, runCommand } from '../../run/command.ts';
import type { Component, Work } from '../component.ts';
import type { ComponentParts } from '../parts.ts';
import { createExecuting, type Run } from './executing.ts';
import { createGenerations } from './generations.ts';
import { createHeld } from './held.ts';
import { establishIdentity, readIdentity } from './identity.ts';
import { inventoryOf } from './inventory.ts';
import { checkTree, whyNotHere } from './platform.ts';
import { pack, unpack } from './tar.ts';
import { readTar } from './tar-reader.ts';

/** Files that changed while tar read them are named in the point's inventory; no restore has such a list. */
const CHANGED = 'changed-while-read';
const expected: readonly ExpectedRule[] = [{ rule: CHANGED, kind: CHANGED, difference: 'missing' }];
const EMPTY: Projection = { total: { items: '0', bytes: '0', digest: 'nothing' }, tree: {} };

/**
 * A directory tree. A backup streams it through the system's tar; a restore builds a new generation beside the tree,
 * compares it with the archive item by item, and exchanges the two in one step. See docs/files-component.md.
 */
export function createFiles({
  name,
  site,
  config,
  children,
  frontDoor,
  state,
}: ComponentParts<FilesConfig>): Component {
  const configured = config.sites[site]?.path;
  if (configured === undefined) throw failure('InvalidInput', `component ${name} has no path at site ${site}`);
  const path = resolve(configured);
  const cache = join(state, `files-${name}.digests`);
  const generations = createGenerations(path);
  const held = createHeld(path);
  const run: Run = async (command, verb, signal) => {
    const options: RunOptions = { signal, children };
    return (await runCommand(command, { verb, component: name, site, path }, options)).stdout;
  };
  const executing = createExecuting(config.executing, run);

  const exists = (): Promise<boolean> =>
    lstat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
  const assertHere = async (): Promise<void> => {
    const why = await whyNotHere();
    if (why) throw failure('Refused', why);
  };
  const inventory = async (signal: AbortSignal): Promise<Projection> =>
    (await exists()) ? inventoryOf(path, cache, signal) : EMPTY;
  const hold = async ({ signal }: Work): Promise<void> => {
    if (!config.hold) return;
    await held.mark();
    await run(config.hold, 'hold', signal);
  };

  return {
    kind: 'files',
    expected,
    notPromised:
      config.hold || frontDoor
        ? []
        : [`writes to ${name} are not refused while it is frozen: what is written after the freeze is not protected`],

    establish: async () => {
      await establishIdentity(path);
    },
    identify: () => readIdentity(path),
    inventory,
    async observe(signal) {
      const there = await exists();
      return {
        identity: await readIdentity(path),
        version: 'tree 1',
        // A tree has no start: what changes in it is seen in its inventory.
        started: 'always',
        health: { healthy: there, says: there ? `${path} is there` : `there is no directory ${path}` },
        executing: await executing.read(signal),
        tasks: [],
      };
    },

    async backup(work) {
      await assertHere();
      if (!(await exists())) throw failure('Refused', `there is no directory ${path} to back up. Is its disk mounted?`);
      const packing = await pack(children, path, work.signal);
      let changed: readonly string[] = [];
      const whole = async (): Promise<void> => {
        changed = await packing.finish();
      };
      const reader = readTar((bytes) => work.progress({ what: 'backup', bytes }), whole);
      packing.stream.on('error', (error) => reader.destroy(error)).pipe(reader);
      reader.once('close', () => packing.stream.destroy());
      return {
        stream: reader,
        file: 'tree.tar',
        finish: whole,
        inventory: () => {
          const holds = reader.projection();
          return changed.length === 0
            ? holds
            : { ...holds, [CHANGED]: Object.fromEntries(changed.map((each) => [each.slice(0, 200), 'torn'])) };
        },
      };
    },

    async restore(work, input) {
      await assertHere();
      const generation = await generations.begin();
      const reader = readTar((bytes) => work.progress({ what: 'restore', bytes, total: input.bytes }));
      await unpack(children, await input.stream(), reader, generation, work.signal);
      work.progress({ what: 'comparing what was restored with the archive' });
      const differs = differences(reader.projection(), await inventoryOf(generation, cache, work.signal));
      if (differs.length > 0)
        throw failure(
          'Refused',
          `${path} cannot be brought back as it was: ${differs.slice(0, 5).join(', ')} differ from the archive. The tree in place was not touched. Does its file system keep owners, times and links?`,
        );
      await flush(generation, work.signal);
      await generations.exchange(generation);
    },

    enabled: async () => (config.hold && !(await held.is()) ? { writers: ['tree'] } : {}),
    hold,
    async release({ signal }, set) {
      if (config.release && set.writers?.includes('tree')) {
        await run(config.release, 'release', signal);
        await held.clear();
      }
      return [];
    },
    drain: async () => ({ running: [], queued: [] }),
    cancel: async () => [],
    resubmit: async () => {},
    proveFrozen: async () => {
      if (config.hold && !(await held.is())) throw failure('NotYet', `the writers of ${path} are not held`);
    },

    async quiet(work) {
      await executing.stop(work.signal);
      await hold(work);
    },
    stopExecuting: (work) => executing.stop(work.signal),
    async stage({ signal }) {
      if (!(await exists())) throw failure('NotYet', `there is no directory ${path}: nothing was restored into it yet`);
      return (await checkTree(path, signal)).filter(({ level }) => level === 'warning').map(({ says }) => says);
    },
    async start({ signal }) {
      await executing.start(signal);
      return [];
    },
    clean: () => generations.clean(),
    async check(signal, at) {
      const findings: Finding[] = [...(await checkTree(path, signal, at))];
      if (!config.hold)
        findings.push({
          level: 'note',
          topic: 'freeze',
          says: 'Nothing refuses writes to the tree during a freeze.',
          todo: 'Configure hold and release, if something writes to it that the front door does not stop.',
        });
      if (config.hold && !config.release)
        findings.push({
          level: 'error',
          topic: 'freeze',
          says: 'There is a hold and no release.',
          todo: 'Configure release.',
        });
      return findings;
    },
  };

  async function flush(generation: string, signal: AbortSignal): Promise<void> {
    const sync = { command: ['sync', '-f', generation], timeout: 600_000 };
    await runCommand(sync, null, { signal, children });
  }
}

function differences(wanted: Projection, found: Projection): readonly string[] {
  const names = new Set([...Object.keys(wanted.tree ?? {}), ...Object.keys(found.tree ?? {})]);
  const differing = [...names].filter((each) => wanted.tree?.[each] !== found.tree?.[each]);
  return differing.length > 0 || wanted.total?.digest === found.total?.digest ? differing : ['some of its items'];
}
