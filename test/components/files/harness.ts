import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Component, Work } from '../../../activities/components/component.ts';
import { createFiles } from '../../../activities/components/files/files.ts';
import { createChildren } from '../../../activities/run/children.ts';
import type { FilesConfig } from '../../../model/config.ts';
import type { Projection } from '../../../model/inventory.ts';

export const work = (signal: AbortSignal = new AbortController().signal): Work => ({
  signal,
  progress: () => {},
  key: 'pair-1-1-1-tree',
  openTasks: [],
  intendTask: async () => {},
  taskEnded: async () => {},
});

export interface Place {
  readonly folder: string;
  readonly path: (site: 'dc1' | 'dc2') => string;
  readonly at: (site: 'dc1' | 'dc2', more?: Partial<FilesConfig>) => Component;
}

/** Two sites of one tree, as two components with the paths `dc1/tree` and `dc2/tree` in a folder of their own. */
export async function place(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  const path = (site: string) => join(folder, site, 'tree');
  for (const site of ['dc1', 'dc2']) await mkdir(join(folder, site));
  return {
    folder,
    path,
    at: (site, more = {}) =>
      createFiles({
        name: 'tree',
        site,
        peerSite: site === 'dc1' ? 'dc2' : 'dc1',
        clients: 'http://clients.invalid',
        config: { kind: 'files', sites: { dc1: { path: path('dc1') }, dc2: { path: path('dc2') } }, ...more },
        resolve: async () => '',
        children: createChildren(join(folder, `${site}-children`)),
        state: join(folder, `${site}-state`),
      }),
  };
}

export async function backup(component: Component, file: string): Promise<Projection | undefined> {
  const running = await component.backup(work());
  await pipeline(running.stream, createWriteStream(file));
  await running.finish();
  return running.inventory?.();
}

export async function restore(component: Component, file: string, signal?: AbortSignal): Promise<void> {
  await component.restore(work(signal), {
    stream: async () => createReadStream(file),
    file: 'tree.tar',
    bytes: (await stat(file)).size,
  });
}
