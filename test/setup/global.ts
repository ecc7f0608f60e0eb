import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from '../../tools/bundle.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { ensureRestic, ensureTemporalCli, ensureTestServer } from '../../tools/programs.ts';
import { type DevServer, startDevServer } from './dev-server.ts';
import { neededBy } from './needs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the one Temporal dev server of this run, namespace `default`. Take your own task queues and ids. */
    temporalAddress: string;
    /** Path of the Temporal CLI, for tests that start a server of their own (see `startDevServer`). */
    temporalCli: string;
    /** Path of restic. */
    restic: string;
    /** Path of the time-skipping server's start script; undefined leaves it to the SDK. See `time-skipping.ts`. */
    testServer: string | undefined;
    /** Path of the bundle of workflows/index.ts: `Worker.create({workflowBundle: {codePath: inject('workflowBundle')}})`. */
    workflowBundle: string;
  }
}

/** Gets and starts, once a run, what the selected test files ask for by `inject('…')`, and stops it afterwards. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { testFiles } = await project.globTestFiles(selected(process.argv));
  const needs = await neededBy(testFiles);
  let server: DevServer | undefined;

  const temporal = async (): Promise<void> => {
    const cli = await ensureTemporalCli();
    project.provide('temporalCli', cli);
    if (!needs.has('temporalAddress')) return;
    server = await startDevServer({ cli });
    project.provide('temporalAddress', server.address);
  };
  const bundle = async (): Promise<void> => {
    const root = packageRoot();
    const output = join(root, 'node_modules', '.cache', 'understudy', 'workflow-bundle.js');
    const path = await bundleWorkflows({ root, extension: '.ts', output });
    if (path !== undefined) project.provide('workflowBundle', path);
  };

  await Promise.all([
    (needs.has('temporalAddress') || needs.has('temporalCli')) && temporal(),
    needs.has('restic') && ensureRestic().then((path) => project.provide('restic', path)),
    needs.has('testServer') && ensureTestServer().then((path) => project.provide('testServer', path)),
    needs.has('workflowBundle') && bundle(),
  ]);
  return async () => server?.stop();
}

/** The file filters of the command line, where they are plain paths; all files otherwise. */
function selected(argv: readonly string[]): string[] | undefined {
  const filters = argv
    .filter((argument) => /^(\.\/)?test[\\/]/.test(argument))
    .map((path) => path.replace(/^\.\//, ''));
  return filters.length > 0 ? filters : undefined;
}
