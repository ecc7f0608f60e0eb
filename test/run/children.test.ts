import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import { childEnvironment } from '../../activities/run/child-environment.ts';
import { type ChildOptions, createChildren } from '../../activities/run/children.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { compiled } from '../vault/compiled.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'children-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const node = (script: string, more: Partial<ChildOptions> = {}): ChildOptions => ({
  program: process.execPath,
  args: ['-e', script],
  env: childEnvironment(),
  signal: new AbortController().signal,
  ...more,
});
const notes = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith('child-'));
const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const gone = async (pid: number): Promise<void> => {
  for (let tries = 0; tries < 400 && lives(pid); tries++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(lives(pid), `process ${pid}`).toBe(false);
};
const text = async (file: string): Promise<string> => {
  for (let tries = 0; tries < 1000; tries++) {
    const found = await readFile(file, 'utf8').catch(() => '');
    if (found.endsWith('\n')) return found.trim();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${file} was not written`);
};

test('a child is noted while it runs, and the note is gone when it has ended', async () => {
  const children = createChildren(folder);
  const child = await children.start(node('process.stdin.resume()', { input: true }));
  const [note, ...more] = await notes();
  expect(more).toEqual([]);
  const record = JSON.parse(await readFile(join(folder, note ?? ''), 'utf8'));
  expect(record).toMatchObject({ pid: child.pid, program: process.execPath, worker: { pid: process.pid } });
  expect(record.started).toBeTruthy();

  child.stdin?.end();
  expect(await child.ended).toEqual({ code: 0, signal: null, stderr: '' });
  expect(await notes()).toEqual([]);
});

test('a child gets what it needs of our environment, and nothing else', async () => {
  process.env.SOMEONES_SECRET = 'hidden';
  try {
    const env = childEnvironment({ GIVEN: 'yes' });
    const child = await createChildren(folder).start(
      node('process.stdout.write(JSON.stringify(process.env))', { env }),
    );
    let output = '';
    for await (const chunk of child.stdout) output += chunk;
    const seen = JSON.parse(output);
    expect(seen).toMatchObject({ GIVEN: 'yes', PATH: process.env.PATH });
    expect(seen).not.toHaveProperty('SOMEONES_SECRET');
  } finally {
    delete process.env.SOMEONES_SECRET;
  }
});

test('the last lines of standard error are kept, without secrets', async () => {
  const script =
    'for (let i = 0; i < 5000; i++) console.error("line", i); console.error("key is", process.env.KEY); process.exitCode = 3';
  const env = childEnvironment({ KEY: 's3cret-value' });
  const child = await createChildren(folder).start(node(script, { env, secrets: ['s3cret-value'] }));
  const ending = await child.ended;
  expect(ending.code).toBe(3);
  expect(ending.stderr).toMatch(/line 4999\nkey is \*\*\*$/);
  expect(ending.stderr.split('\n').length).toBeLessThan(20);
});

test('a program that is not there is refused, and leaves no note', async () => {
  const error = await createChildren(folder)
    .start({ ...node(''), program: join(folder, 'no-such-program') })
    .then(
      () => expect.fail('it started'),
      (caught: Error) => caught,
    );
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toContain('there is no such program');
  expect(await notes()).toEqual([]);
});

test('aborting stops the child and what it started, also when they do not want to', async () => {
  const controller = new AbortController();
  const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`;
  const script = `
    const grandchild = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'ignore', detached: true });
    require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'grandchild'))}, grandchild.pid + '\\n');
    ${stubborn}`;
  const child = await createChildren(folder).start(node(script, { signal: controller.signal }));
  const grandchild = Number(await text(join(folder, 'grandchild')));
  controller.abort(new Error('no longer wanted'));
  await expect(child.ended).rejects.toThrow('no longer wanted');
  await gone(child.pid);
  if (process.platform === 'linux') await gone(grandchild);
  else if (lives(grandchild)) process.kill(grandchild, 'SIGKILL');
  expect(await notes()).toEqual([]);
});

describe.runIf(process.platform !== 'win32')('after kill -9 of a worker', () => {
  let worker: Awaited<ReturnType<typeof compiled>>;
  beforeAll(async () => {
    worker = await compiled(join(packageRoot(), 'test', 'run', 'children-worker.ts'));
  });
  afterAll(() => worker.remove());

  /** A worker with one child that has a child of its own, killed when both run. */
  async function killedWorker(): Promise<{ child: number; grandchild: number }> {
    const running = spawn(process.execPath, [worker.program, folder], { stdio: ['ignore', 'inherit', 'inherit'] });
    const [child, grandchild] = [
      Number(await text(join(folder, 'child'))),
      Number(await text(join(folder, 'grandchild'))),
    ];
    running.kill('SIGKILL');
    await once(running, 'exit');
    return { child, grandchild };
  }

  test('its successor ends what it left running, and waits until that is gone', async () => {
    const { child, grandchild } = await killedWorker();
    expect(lives(child) && lives(grandchild)).toBe(true);
    expect(await createChildren(folder).endLeftovers()).toBe(1);
    await gone(child);
    await gone(grandchild);
    expect(await notes()).toEqual([]);
    expect(await createChildren(folder).endLeftovers()).toBe(0);
  });

  test.runIf(process.platform === 'linux')(
    'what a dead child started is found by the mark in its environment',
    async () => {
      const { child, grandchild } = await killedWorker();
      process.kill(child, 'SIGKILL');
      await gone(child);
      expect(lives(grandchild)).toBe(true);
      expect(await createChildren(folder).endLeftovers()).toBe(1);
      await gone(grandchild);
    },
  );

  test('a process that only has the same id is left alone', async () => {
    const { child, grandchild } = await killedWorker();
    await createChildren(folder).endLeftovers();
    await gone(child);
    await gone(grandchild);
    // This very process, under a start time that is not its own.
    const bystander = await createChildren(join(folder, 'another')).start(node('setInterval(() => {}, 1000)'));
    const record = {
      token: 'x',
      program: 'p',
      worker: { pid: 1, started: 'never' },
      pid: bystander.pid,
      started: 'before',
    };
    await writeFile(join(folder, 'child-x.json'), JSON.stringify(record));
    expect(await createChildren(folder).endLeftovers()).toBe(0);
    expect(lives(bystander.pid)).toBe(true);
    await bystander.stop();
  });

  test('children of a worker that lives are no leftovers', async () => {
    const child = await createChildren(folder).start(node('setInterval(() => {}, 1000)'));
    expect(await createChildren(folder).endLeftovers()).toBe(0);
    expect(lives(child.pid)).toBe(true);
    await child.stop();
    await child.ended;
  });
});
