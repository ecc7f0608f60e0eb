import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../tools/package-root.ts';
import { atLeast, VERSIONS, versionIn } from '../../tools/versions.ts';

const read = (...path: string[]): Promise<string> => readFile(join(packageRoot(), 'tools', ...path), 'utf8');

test('the module that Go builds is of the pinned version of the Temporal CLI', async () => {
  const module = await read('temporal', 'go.mod');
  expect(module).toContain(`github.com/temporalio/cli v${VERSIONS.temporalCli} `);
  expect(module).toMatch(/^tool github\.com\/temporalio\/cli\/cmd\/temporal$/m);
});

test('the project that Maven reads names the pinned version of the test server', async () => {
  const project = await read('test-server', 'pom.xml');
  expect(project).toMatch(
    new RegExp(`<artifactId>temporal-test-server</artifactId>\\s*<version>${VERSIONS.testServer}</version>`),
  );
});

test('a version is read out of what the programs print', () => {
  expect(versionIn('temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)')).toBe('1.8.2');
  expect(versionIn('restic 0.14.0 compiled with go1.19.8 on linux/amd64')).toBe('0.14.0');
  expect(versionIn('go version go1.26.8 linux/amd64')).toBe('1.26.8');
  expect(versionIn('openjdk version "17.0.15" 2025-04-15')).toBe('17.0.15');
  expect(versionIn('no version')).toBeUndefined();
});

test('versions are compared as numbers', () => {
  expect(atLeast('0.14', '0.14.0')).toBe(true);
  expect(atLeast('0.9.6', '0.14.0')).toBe(false);
  expect(atLeast('1.10.0', '1.9.9')).toBe(true);
});

test('the lock file names the optional packages of every platform, without which npm ci refuses to start', async () => {
  type Locked = { readonly optionalDependencies?: Readonly<Record<string, string>> };
  const file = await readFile(join(packageRoot(), 'package-lock.json'), 'utf8');
  const packages: Readonly<Record<string, Locked>> = JSON.parse(file).packages;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});
