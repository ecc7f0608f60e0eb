import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../tools/package-root.ts';

const manifest = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'));

let clone: string;
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'understudy-clone-'));
  await write('package.json', JSON.stringify({ type: 'module' }));
  await mkdir(join(clone, 'bin'));
  await cp(join(packageRoot(), manifest.bin.understudy), join(clone, manifest.bin.understudy));
});
afterEach(() => rm(clone, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(clone, path)), { recursive: true });
  await writeFile(join(clone, path), text);
}

/** Ends with its code, whatever that is. */
const start = (...argv: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((done) => {
    execFile(process.execPath, [join(clone, manifest.bin.understudy), ...argv], (error, out, err) =>
      done({ code: Number(error?.code ?? 0), out, err }),
    );
  });

const MAIN = 'console.log("ran", ...process.argv.slice(2)); process.exitCode = 3;';

/** Writes what the real one writes; as that one, it leaves its note alone when there is one. */
async function installCompiler(): Promise<void> {
  const tsc = `const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
    console.log('compiled', process.argv.slice(2).join(' '));
    for (const folder of ['client', 'tools']) mkdirSync('dist/' + folder, { recursive: true });
    writeFileSync('dist/client/main.js', ${JSON.stringify(MAIN)});
    writeFileSync('dist/tools/bundle.js', 'console.log("bundled")');
    if (!existsSync('dist/.tsbuildinfo')) writeFileSync('dist/.tsbuildinfo', '');`;
  await write('node_modules/typescript/package.json', JSON.stringify({ bin: { tsc: './bin/tsc' } }));
  await write('node_modules/typescript/bin/tsc', tsc);
}

describe('the command of a clone', () => {
  test('that is built is run as it is, with its arguments and its exit code', async () => {
    await write('dist/client/main.js', MAIN);
    expect(await start('status', '--json')).toEqual({ code: 3, out: 'ran status --json\n', err: '' });
  });

  test('that is not built yet is built first, and nothing of that stands on standard output', async () => {
    await installCompiler();
    const first = await start('points');
    expect(first).toMatchObject({ code: 3, out: 'ran points\n' });
    expect(first.err).toMatch(/building it once[\s\S]*compiled -p .*tsconfig\.build\.json[\s\S]*bundled/);
    expect(await start('points')).toEqual({ code: 3, out: 'ran points\n', err: '' });
  });

  test('that has a source newer than its build is built again, once', async () => {
    await installCompiler();
    await write('tsconfig.build.json', JSON.stringify({ include: ['client'] }));
    await write('client/cli/main.ts', '');
    expect((await start('points')).err).toContain('building it once');
    expect((await start('points')).err).toBe('');

    const later = new Date(Date.now() + 60_000);
    await utimes(join(clone, 'client/cli/main.ts'), later, later);
    expect((await start('points')).err).toContain('building it once');

    const before = new Date(Date.now() - 60_000);
    await utimes(join(clone, 'client/cli/main.ts'), before, before);
    expect((await start('points')).err).toBe('');
  });

  test('that cannot be built says what to do', async () => {
    expect(await start('points')).toMatchObject({ code: 1, err: expect.stringContaining('npm ci && npm run build') });
  });
});

test('documents and the demo show it in the one form that never asks a registry', async () => {
  const docs = (await readdir(join(packageRoot(), 'docs'))).filter((file) => file.endsWith('.md'));
  for (const file of ['README.md', 'demo/director.ts', ...docs.map((each) => join('docs', each))]) {
    const text = await readFile(join(packageRoot(), file), 'utf8');
    expect(text.match(/npx (?!--no-install )\S*.*understudy .*/g), file).toBeNull();
  }
});
