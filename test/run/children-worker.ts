import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childEnvironment } from '../../activities/run/child-environment.ts';
import { createChildren } from '../../activities/run/children.ts';

/** A worker with one child that has a child of its own; both would run for ever. */
const folder = process.argv[2] ?? '';
const grandchild = join(folder, 'grandchild');
const script = `
  const made = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
  require('node:fs').writeFileSync(${JSON.stringify(grandchild)}, made.pid + '\\n');
  setInterval(() => {}, 1000);`;
const child = await createChildren(folder).start({
  program: process.execPath,
  args: ['-e', script],
  env: childEnvironment(),
  signal: new AbortController().signal,
});
writeFileSync(join(folder, 'child'), `${child.pid}\n`);
