/* Restores an archive in a process of its own, which a test may kill: DIST ARCHIVE PATH SCRATCH. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, archive, tree, scratch] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(path.join(dist, 'activities', name)).href);
const { createFiles } = await load('components/files/files.js');
const { createChildren } = await load('run/children.js');
const files = createFiles({
  name: 'tree',
  site: 'dc2',
  peerSite: 'dc1',
  clients: 'http://clients.invalid',
  config: { kind: 'files', sites: { dc2: { path: tree } } },
  resolve: async () => '',
  children: createChildren(path.join(scratch, 'children')),
  state: scratch,
});
const work = {
  signal: new AbortController().signal,
  progress: () => {},
  key: 'pair-1-1-1-tree',
  openTasks: [],
  intendTask: async () => {},
  taskEnded: async () => {},
};
console.log('begins');
await files.restore(work, {
  stream: async () => fs.createReadStream(archive),
  file: 'tree.tar',
  bytes: fs.statSync(archive).size,
});
console.log('done');
