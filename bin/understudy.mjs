#!/usr/bin/env node
// The command `understudy`. A clone that was not built yet is built first; an installed package brings its build along.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist', 'client', 'main.js');

if (!existsSync(main)) build();
await import(pathToFileURL(main).href);

/** What `npm run build` does, without a shell and without knowing where npm is. */
function build() {
  console.error('understudy: building it once, which takes some seconds');
  step(compiler(), '-p', join(root, 'tsconfig.build.json'));
  step(join(root, 'dist', 'tools', 'bundle.js'));
}

function compiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
    return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
  } catch {
    return fail(`it is not built, and what builds it is not installed. In ${root}: npm ci && npm run build`);
  }
}

/** Standard output is the command's own, so what a step says goes to standard error. */
function step(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`it could not be built. In ${root}: npm run build`);
}

function fail(why) {
  console.error(`understudy: ${why}`);
  process.exit(1);
}
