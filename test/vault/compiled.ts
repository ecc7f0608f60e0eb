import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../tools/package-root.ts';

/** Compiles one TypeScript file with all that it imports, so that it can be run as a process of its own. */
export async function compiled(entry: string): Promise<{ readonly program: string; remove(): Promise<void> }> {
  const root = packageRoot();
  // Inside the package, so that dependencies are found.
  const output = join(root, 'node_modules', '.cache', 'understudy', `compiled-${process.pid}`);
  await mkdir(output, { recursive: true });
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, outDir: '.', rootDir: root, noCheck: true },
    files: [entry],
    include: [],
  };
  const project = join(output, 'tsconfig.json');
  await writeFile(project, JSON.stringify(settings));
  await promisify(execFile)(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]);
  return {
    program: join(output, relative(root, entry).replace(/\.ts$/, '.js')),
    remove: () => rm(output, { recursive: true, force: true }),
  };
}
