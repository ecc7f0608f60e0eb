import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import { runCommand } from '../../activities/run/command.ts';
import type { Command } from '../../model/config.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const node = (script: string, more: Partial<Command> = {}): Command => ({
  command: [process.execPath, '-e', script],
  timeout: 30_000,
  ...more,
});
const signal = () => new AbortController().signal;
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
const gone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};
const pidIn = async (file: string): Promise<number> => {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('the request arrives as JSON on standard input, and the output comes back', async () => {
  const echo = node('process.stdin.pipe(process.stdout)');
  const { stdout } = await runCommand(echo, { to: 'dc2', odd: '"ä\n' }, { signal: signal() });
  expect(JSON.parse(stdout)).toEqual({ to: 'dc2', odd: '"ä\n' });
});

test('string fields of the request are environment variables too', async () => {
  const { stdout } = await runCommand(
    node('console.log(process.env.UNDERSTUDY_TO)'),
    { to: 'dc2' },
    { signal: signal() },
  );
  expect(stdout).toBe('dc2\n');
});

test('no shell looks at the arguments', async () => {
  const command = {
    command: [process.execPath, '-e', 'console.log(process.argv[1])', '$(id); `id` *'],
    timeout: 30_000,
  };
  const { stdout } = await runCommand(command, {}, { signal: signal() });
  expect(stdout).toBe('$(id); `id` *\n');
});

test('a secret reaches the environment of the child only, and no error repeats it', async () => {
  process.env.TEST_RUN_PASSWORD = 's3cr3t/+ä';
  const script =
    'console.log(process.env.PASSWORD); console.error("bad password", process.env.PASSWORD, encodeURIComponent(process.env.PASSWORD)); process.exit(Number(process.argv[1]))';
  const at = (code: string): Command => ({
    command: [process.execPath, '-e', script, code],
    environment: { PASSWORD: { env: 'TEST_RUN_PASSWORD' } },
    timeout: 30_000,
  });
  const error = await failed(runCommand(at('3'), {}, { signal: signal() }));
  expect(error.message).toContain('exit code 3');
  expect(error.message).toContain('bad password *** ***');
  expect(JSON.stringify(error)).not.toContain('s3cr3t');
  expect(await runCommand(at('0'), {}, { signal: signal() })).toEqual({ stdout: '***\n' });
});

test('a failed program may be tried again, and its last words are told', async () => {
  const error = await failed(
    runCommand(node('console.error("no route to host"); process.exit(7)'), {}, { signal: signal() }),
  );
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toMatch(/exit code 7.*no route to host/s);
});

test('a program that does not exist is refused, with what to do', async () => {
  const command = { command: ['understudy-no-such-program'], timeout: 1_000 };
  const error = await failed(runCommand(command, {}, { signal: signal() }));
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toMatch(/understudy-no-such-program.*no such program/);
});

const forking = (file: string): string => `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  require('node:fs').writeFileSync(${JSON.stringify(file)}, child.pid + '\\n');
  setInterval(() => {}, 1000)`;

test('after its timeout a program is stopped with everything that it has started', async () => {
  const file = join(folder, 'pid');
  const error = await failed(runCommand(node(forking(file), { timeout: 5_000 }), {}, { signal: signal() }));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toContain('5 s');
  const pid = await pidIn(file);
  await expect.poll(() => gone(pid)).toBe(true);
});

test('a cancelled program is stopped with everything that it has started, and the reason is passed on', async () => {
  const file = join(folder, 'pid');
  const cancel = new AbortController();
  const running = failed(runCommand(node(forking(file)), {}, { signal: cancel.signal }));
  const pid = await pidIn(file);
  const reason = new Error('displaced');
  cancel.abort(reason);
  expect(await running).toBe(reason);
  await expect.poll(() => gone(pid)).toBe(true);
});

test('a service that is left running does not hold the command that started it', async () => {
  const file = join(folder, 'pid');
  const script = `${forking(file).replace(/setInterval\(\(\) => \{\}, 1000\)$/, '')}; console.log('started'); process.exit(0)`;
  const { stdout } = await runCommand(node(script), {}, { signal: signal() });
  expect(stdout).toBe('started\n');
  const pid = await pidIn(file);
  expect(gone(pid)).toBe(false);
  process.kill(pid, 'SIGKILL');
});

test('a program that does not read its input does no harm', async () => {
  const { stdout } = await runCommand(
    node('console.log("done")'),
    { much: 'x'.repeat(1_000_000) },
    { signal: signal() },
  );
  expect(stdout).toBe('done\n');
});

test('a program that floods its output is refused instead of filling the memory', async () => {
  const script = 'const b = Buffer.alloc(1 << 20); for (let i = 0; i < 20; i++) require("node:fs").writeSync(1, b)';
  const error = await failed(runCommand(node(script), {}, { signal: signal() }));
  expect(failureType(error)).toBe('Refused');
});

test('a secret that cannot be resolved stops the command before it is started', async () => {
  const marker = join(folder, 'ran');
  const command = node(`require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`, {
    environment: { TOKEN: { file: join(folder, 'missing') } },
  });
  await failed(runCommand(command, {}, { signal: signal() }));
  await expect(readFile(marker)).rejects.toThrow();
  await writeFile(join(folder, 'missing'), 'now there\n');
  await runCommand(command, {}, { signal: signal() });
  await readFile(marker);
});
