#!/usr/bin/env node
// The command `understudy`. A clone whose build is missing, or older than a source, is built first; an installed package
// brings its build along.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist', 'client', 'main.js');
const project = join(root, 'tsconfig.build.json');
/** The compiler's own note of what it built. */
const stamp = join(root, 'dist', '.tsbuildinfo');

if (!existsSync(main) || isStale()) build();
await import(pathToFileURL(main).href);

function isStale() {
  if (!existsSync(project)) return false;
  if (!existsSync(stamp)) return true;
  const built = statSync(stamp).mtimeMs;
  const isNewer = (path) => path.endsWith('.ts') && statSync(path).mtimeMs > built;
  return JSON.parse(readFileSync(project, 'utf8')).include.some((folder) =>
    readdirSync(join(root, folder), { recursive: true }).some((path) => isNewer(join(root, folder, path))),
  );
}

/** What `npm run build` does, without a shell and without knowing where npm is. */
function build() {
  console.error('understudy: building it once, which takes some seconds');
  const began = new Date();
  step(compiler(), '-p', project);
  step(join(root, 'dist', 'tools', 'bundle.js'));
  // The compiler leaves its note alone where only the times of the sources changed.
  utimesSync(stamp, began, began);
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
