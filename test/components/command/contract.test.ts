import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCommandComponent } from '../../../activities/components/command/command.ts';
import type { Work } from '../../../activities/components/component.ts';
import { failureType } from '../../../activities/failure.ts';
import { createChildren } from '../../../activities/run/children.ts';
import { COMMAND_VERBS, Component as Schema } from '../../../model/config/components.ts';
import type { CommandComponentConfig } from '../../../model/config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contract-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const work = (signal: AbortSignal = new AbortController().signal): Work => ({
  signal,
  progress: () => {},
  key: 'pair-7-p1-app',
  openTasks: [],
  intendTask: async () => {},
  taskEnded: async () => {},
});
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
const signal = () => new AbortController().signal;
/** A program of one line; `request` is what it is asked, `say` answers. */
const program = (script: string, more: object = {}) => {
  const whole = `
    const fs = require('node:fs');
    const say = (value) => fs.writeSync(1, JSON.stringify(value));
    const head = Buffer.alloc(65536); let length = 0;
    while (!head.subarray(0, length).includes(10)) { const read = fs.readSync(0, head, length, 1); if (read === 0) break; length += read; }
    const request = JSON.parse(head.subarray(0, length));
    ${script}`;
  const site = { command: [process.execPath, '-e', whole], environment: { SECRET: { env: 'CONTRACT_SECRET' } } };
  const config = Schema.parse({ kind: 'command', sites: { dc1: site }, ...more }) as CommandComponentConfig;
  process.env.CONTRACT_SECRET = 's3cr3t-of-the-test';
  return createCommandComponent({
    name: 'app',
    site: 'dc1',
    peerSite: 'dc2',
    clients: 'https://app.example.com',
    config,
    resolve: async () => '',
    children: createChildren(join(folder, 'children')),
    state: join(folder, 'state'),
  });
};
const file = () => join(folder, 'out');
const children = () => (existsSync(join(folder, 'children')) ? readdirSync(join(folder, 'children')) : []);

test('a request says what is asked, of what, where and for which step', async () => {
  const component = program(`fs.writeFileSync(${JSON.stringify(file())}, JSON.stringify(request))`, {
    settings: { database: 'orders' },
  });
  await component.release(work(), { schedules: ['nightly'] });
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({
    contract: 1,
    verb: 'release',
    component: 'app',
    site: 'dc1',
    peer: 'dc2',
    clients: 'https://app.example.com',
    settings: { database: 'orders' },
    key: 'pair-7-p1-app',
    enabled: { schedules: ['nightly'] },
  });
});

test('an application in which nothing acts by itself is told apart from one that stands still', async () => {
  const still = program(
    "say(request.verb === 'identify' ? { identity: 'x' } : { version: '1', healthy: true, running: false, startsWithMachine: false })",
  );
  expect((await still.observe(signal())).executing).toEqual({ running: false, startsWithMachine: false });
  const nothing = program(
    "say(request.verb === 'identify' ? { identity: 'x' } : { version: '1', healthy: true, running: null, startsWithMachine: false })",
  );
  expect((await nothing.observe(signal())).executing).toEqual({
    running: false,
    startsWithMachine: false,
    none: true,
  });
});

test('a program may leave out verbs that mean nothing to it, by exit code 64', async () => {
  const component = program('process.exit(64)');
  expect(await component.enabled(signal())).toEqual({});
  expect(await component.drain(signal())).toEqual({ running: [], queued: [] });
  expect(await component.stage(work())).toEqual([]);
  await component.hold(work());
  await component.release(work(), {});
  await component.proveFrozen(work());
  await component.clean(work());
  await component.establish?.();
});

test.each([
  ['identify', (component: ReturnType<typeof program>) => component.identify()],
  ['inventory', (component: ReturnType<typeof program>) => component.inventory(signal())],
  ['quiet', (component: ReturnType<typeof program>) => component.quiet(work())],
  ['start', (component: ReturnType<typeof program>) => component.start(work())],
  ['stop-core', (component: ReturnType<typeof program>) => component.stopCore?.(work()) ?? Promise.resolve()],
  [
    'cancel',
    (component: ReturnType<typeof program>) =>
      component.cancel(work(), [{ component: 'app', id: '1', title: '', request: null }]),
  ],
])('%s cannot be left out', async (verb, ask) => {
  const error = await failed(ask(program('process.exit(64)')));
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toContain(`"${verb}"`);
});

test.each([
  ['75: try again', 'process.exit(75)', 'Unavailable'],
  ['65: damaged', 'process.exit(65)', 'Damaged'],
  ['1: refused', 'process.exit(1)', 'Refused'],
  ['a signal: nothing is known', "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)", 'Unavailable'],
])('exit code %s', async (_what, script, type) => {
  expect(failureType(await failed(program(`console.error('why'); ${script}`).quiet(work())))).toBe(type);
});

test('secrets reach the program by its environment, and no error repeats them', async () => {
  const error = await failed(
    program('console.error("login failed with", process.env.SECRET); process.exit(1)').quiet(work()),
  );
  expect(error.message).toContain('login failed with ***');
});

test.each([
  ['no JSON', 'console.log("active")', /no JSON: it printed active/],
  ['a missing key', 'say({ name: "x" })', /identity/],
  ['nothing', '', /it printed nothing/],
])('an answer that is %s is told as it is', async (_what, script, said) => {
  const error = await failed(program(script).identify());
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toMatch(said);
});

test('a backup whose program fails after its last byte fails the stream, and is none', async () => {
  const running = await program(
    'fs.writeSync(1, "x".repeat(200000)); console.error("the snapshot is gone"); process.exit(75)',
  ).backup(work());
  const error = await failed(buffer(running.stream));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toContain('the snapshot is gone');
  await failed(running.finish());
});

test('a backup is a stream of bytes, whatever they are', async () => {
  const running = await program('for (let i = 0; i < 100; i++) fs.writeSync(1, Buffer.alloc(10000, i))').backup(work());
  const bytes = await buffer(running.stream);
  await running.finish();
  expect(bytes).toHaveLength(1_000_000);
  expect(bytes.subarray(-10_000).every((byte) => byte === 99)).toBe(true);
});

test('a backup that nobody reads any more ends its program', async () => {
  const running = await program('setInterval(() => fs.writeSync(1, "x".repeat(1000)), 1)').backup(work());
  await new Promise((resolve) => running.stream.once('data', resolve));
  running.stream.destroy();
  await expect.poll(children).toEqual([]);
});

const source = async function* (chunks: number, end?: Error): AsyncGenerator<Buffer> {
  for (let at = 0; at < chunks; at++) yield Buffer.alloc(50_000, at);
  if (end) throw end;
};
const input = (stream: AsyncGenerator<Buffer>) => ({
  stream: async () => Readable.from(stream, { objectMode: false }),
  file: 'backup',
  bytes: 1,
});
const copy = () =>
  `fs.writeFileSync(${JSON.stringify(file())}, fs.readFileSync(0)); fs.writeFileSync(${JSON.stringify(`${file()}.done`)}, '')`;

test('a restore gets the bytes behind its request', async () => {
  await program(copy()).restore(work(), input(source(20)));
  const bytes = readFileSync(file());
  expect(bytes).toHaveLength(1_000_000);
  expect(bytes.at(-1)).toBe(19);
});

test('a source that breaks does not look like its end: the program is stopped before it goes on', async () => {
  const error = new Error('the vault does not answer');
  expect(await failed(program(copy()).restore(work(), input(source(5, error))))).toBe(error);
  expect(existsSync(`${file()}.done`)).toBe(false);
  await expect.poll(children).toEqual([]);
});

test('a restore whose program fails is told by what the program said', async () => {
  const error = await failed(program('console.error("no room"); process.exit(1)').restore(work(), input(source(200))));
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toContain('no room');
});

test('a program that needs no more may end early, and the source is read to its end all the same', async () => {
  let read = 0;
  const counted = async function* () {
    for await (const chunk of source(100)) {
      read += chunk.length;
      yield chunk;
    }
  };
  await program('').restore(work(), input(counted()));
  expect(read).toBe(5_000_000);
});

test('each verb has its own time limit', async () => {
  const component = program('setInterval(() => {}, 1000)', { timeouts: { quiet: '300ms' } });
  const error = await failed(component.quiet(work()));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toContain('0.3 s');
});

test('a cancelled verb passes its reason on, and its program is gone', async () => {
  const cancel = new AbortController();
  const running = failed(program('setInterval(() => {}, 1000)').quiet(work(cancel.signal)));
  await expect.poll(() => children().length).toBe(1);
  const reason = new Error('displaced');
  cancel.abort(reason);
  expect(await running).toBe(reason);
  await expect.poll(children).toEqual([]);
});

test('how long it may take to say who it is, is what is configured, and nothing else', async () => {
  const clock = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(new Error('another clock')));
  const timeouts = { identify: '2h', establish: '2h' };
  const app = program('say({ identity: "me" })', { timeouts });
  await app.establish?.();
  expect(await app.identify()).toBe('me');
  clock.mockRestore();
  const slow = program('setInterval(() => {}, 1000)', { timeouts: { identify: '200ms' } });
  expect((await failed(slow.identify())).message).toContain('did not end within 0.2 s');
});

test('expected differences and what is not promised come from the configuration', () => {
  const rule = { rule: 'passwords-stay', kind: 'users', difference: 'different' };
  const component = program('', { expected: [rule], notPromised: ['mails in flight may be lost'] });
  expect(component.expected).toEqual([rule]);
  expect(component.notPromised).toEqual(['mails in flight may be lost']);
});

test('check finds a program that is not there, or that does not keep the contract', async () => {
  expect(await program('console.log("hello")').check(signal())).toEqual([
    expect.objectContaining({ level: 'error', says: expect.stringContaining('"identify" is no JSON') }),
  ]);
});

test('the manual describes every verb', () => {
  const manual = readFileSync('docs/command-component.md', 'utf8');
  for (const verb of COMMAND_VERBS) expect(manual).toContain(`\n| \`${verb}\``);
});
