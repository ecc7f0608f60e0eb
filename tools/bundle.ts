import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from './package-root.ts';
import { type Say, sayOnStderr } from './progress.ts';

export interface BundleOptions {
  /** The folder with `workflows/index.ts` or `workflows/index.js` and `model/`. */
  readonly root: string;
  readonly extension: '.ts' | '.js';
  /** Where the bundle goes; a digest of what it was made from is kept beside it. */
  readonly output: string;
  readonly say?: Say;
}

/**
 * Bundles the workflows for `Worker.create({workflowBundle: {codePath}})`, unless the bundle was made from the same inputs.
 * Nothing is minified: function names are the workflow types.
 * @returns the path of the bundle, or undefined while there are no workflows
 */
export async function bundleWorkflows({
  root,
  extension,
  output,
  say = sayOnStderr,
}: BundleOptions): Promise<string | undefined> {
  const entry = join(root, 'workflows', `index${extension}`);
  if (!existsSync(entry)) {
    say(`No workflow bundle: ${entry} does not exist.`);
    return undefined;
  }
  const digest = await digestOf(root, extension);
  const digestFile = `${output}.digest`;
  if (existsSync(output) && (await readFile(digestFile, 'utf8').catch(() => '')) === digest) return output;

  // Loaded only when needed: it costs a second.
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: new DefaultLogger('WARN') });
  await mkdir(dirname(output), { recursive: true });
  const temporary = `${output}.${process.pid}.tmp`;
  await writeFile(temporary, code);
  await rename(temporary, output);
  await writeFile(digestFile, digest);
  return output;
}

/** Over the files that workflow code may import, and the SDK's version, which must be the worker's own. */
async function digestOf(root: string, extension: string): Promise<string> {
  const hash = createHash('sha256');
  for (const room of ['workflows', 'model']) {
    const names = await readdir(join(root, room), { recursive: true }).catch(() => []);
    for (const name of names.filter((name) => name.endsWith(extension)).sort()) {
      hash.update(`${room}/${name}\0`).update(await readFile(join(root, room, name)));
    }
  }
  const sdk = join(packageRoot(), 'node_modules', '@temporalio', 'worker', 'package.json');
  return hash.update(await readFile(sdk).catch(() => '')).digest('hex');
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  const dist = join(packageRoot(), 'dist');
  await bundleWorkflows({ root: dist, extension: '.js', output: join(dist, 'workflow-bundle.js') });
}
