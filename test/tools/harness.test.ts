import { mkdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { expect, inject, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../model/names.ts';
import { aptConfiguration } from '../../tools/apt-configuration.ts';
import { bundleWorkflows } from '../../tools/bundle.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { neededBy } from '../setup/needs.ts';
import { timeSkippingEnvironment } from '../setup/time-skipping.ts';
import { scratch } from './fake-programs.ts';

test('the run has a Temporal server on loopback that knows our search attributes', async () => {
  const address = inject('temporalAddress');
  expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
  const connection = await Connection.connect({ address });
  try {
    const known = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(known.customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  } finally {
    await connection.close();
  }
});

test('days pass in a moment on a time-skipping server', async () => {
  const environment = await timeSkippingEnvironment();
  try {
    const before = await environment.currentTimeMs();
    await environment.sleep('3 days');
    expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(3 * 86_400_000);
  } finally {
    await environment.teardown();
  }
});

test('a test file needs what it and its helpers ask for by name, and a plain one needs nothing', async () => {
  const root = join(await scratch(), 'test');
  await mkdir(root);
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(root, name), text);
    return join(root, name);
  };
  await file('helper.ts', `export const restic = () => inject('restic');`);
  const using = await file('using.test.ts', `import { restic } from './helper.ts';\ninject('temporalAddress');`);
  const plain = await file('plain.test.ts', `import { expect } from 'vitest';`);
  expect(await neededBy([using])).toEqual(new Set(['restic', 'temporalAddress']));
  expect(await neededBy([plain])).toEqual(new Set());
});

test('workflows are bundled under their own names, and again only when they changed', async () => {
  const root = await scratch();
  await symlink(join(packageRoot(), 'node_modules'), join(root, 'node_modules'), 'junction');
  const source = join(root, 'workflows', 'index.js');
  const output = join(root, 'out', 'bundle.js');
  const say = (): void => {};
  expect(await bundleWorkflows({ root, extension: '.js', output, say })).toBeUndefined();

  await mkdir(join(root, 'workflows'));
  await writeFile(source, 'export async function failover() { return "one"; }');
  expect(await bundleWorkflows({ root, extension: '.js', output, say })).toBe(output);
  expect(await readFile(output, 'utf8')).toMatch(/function failover\(/);

  const old = new Date('2001-01-01');
  await utimes(output, old, old);
  await bundleWorkflows({ root, extension: '.js', output, say });
  expect((await stat(output)).mtime).toEqual(old);

  await writeFile(source, 'export async function failover() { return "two"; }');
  await bundleWorkflows({ root, extension: '.js', output, say });
  expect(await readFile(output, 'utf8')).toContain('two');
});

test('workflows are bundled from their sources too, so that no test runs what was built before', async () => {
  const root = await scratch();
  await symlink(join(packageRoot(), 'node_modules'), join(root, 'node_modules'), 'junction');
  const output = join(root, 'bundle.js');
  await mkdir(join(root, 'workflows'));
  await mkdir(join(root, 'model'));
  await writeFile(join(root, 'model', 'names.ts'), 'export const name: string = "from the model";');
  await writeFile(
    join(root, 'workflows', 'index.ts'),
    `import { name } from '../model/names.ts';\nexport const sync = async (): Promise<string> => name;`,
  );
  await bundleWorkflows({ root, extension: '.ts', output, say: () => {} });
  expect(await readFile(output, 'utf8')).toContain('from the model');
});

test('apt works on lists and archives of its own, without the hooks of the system', () => {
  const configuration = aptConfiguration('/home/ann/.cache/x/apt');
  expect(configuration).toContain('Dir::State::lists "/home/ann/.cache/x/apt/lists";');
  expect(configuration).toContain('Dir::Cache "/home/ann/.cache/x/apt/cache";');
  expect(configuration).toContain('#clear APT::Update::Post-Invoke;');
});
