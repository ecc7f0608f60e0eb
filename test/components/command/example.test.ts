import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Component, Work } from '../../../activities/components/component.ts';
import { createComponent } from '../../../activities/components/kinds.ts';
import { failureType } from '../../../activities/failure.ts';
import { createChildren } from '../../../activities/run/children.ts';
import { Component as Schema } from '../../../model/config/components.ts';
import { compare } from '../../../model/inventory.ts';

/** The program of the manual, at two sites. */
const PROGRAM = resolve('docs/examples/notes.mjs');
let folder: string;
let active: Component;
let standby: Component;
const at = (site: string, ...names: string[]) => join(folder, site, ...names);
const json = (site: string, name: string) => JSON.parse(readFileSync(at(site, name), 'utf8'));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'command-'));
  const program = (site: string) => ({ command: [process.execPath, PROGRAM], environment: { NOTES: at(site) } });
  const config = Schema.parse({ kind: 'command', sites: { dc1: program('dc1'), dc2: program('dc2') } });
  const make = (site: string, peerSite: string) =>
    createComponent({
      name: 'notes',
      site,
      peerSite,
      clients: 'http://notes.invalid',
      config: config as Parameters<typeof createComponent>[0]['config'],
      resolve: async () => '',
      children: createChildren(at('children', site)),
      state: at('state', site),
    });
  for (const site of ['dc1', 'dc2']) mkdirSync(at(site, 'notes'), { recursive: true });
  [active, standby] = [make('dc1', 'dc2'), make('dc2', 'dc1')];
  for (const component of [active, standby]) await component.establish?.();
  writeFileSync(at('dc1', 'notes', 'one.txt'), 'first');
  writeFileSync(at('dc1', 'notes', 'two.txt'), 'sécond\n');
  writeFileSync(at('dc1', 'schedules.json'), '{"nightly": true, "retired": false}');
  writeFileSync(
    at('dc1', 'mails.json'),
    '[{"id": "m1", "to": "a@example.com", "text": "x"}, {"id": "m2", "to": "b@example.com", "text": "y", "sent": true}]',
  );
  writeFileSync(at('dc2', 'notes', 'extra.txt'), 'of an older generation');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signal = () => new AbortController().signal;
const work = (): Work => ({
  signal: signal(),
  progress: () => {},
  key: 'pair-1-1-1-notes',
  openTasks: [],
  intendTask: async () => {},
  taskEnded: async () => {},
});
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
const backup = async (): Promise<Buffer> => {
  const running = await active.backup(work());
  const bytes = await buffer(running.stream);
  await running.finish();
  return bytes;
};
const restore = (bytes: Buffer) =>
  standby.restore(work(), { stream: async () => Readable.from([bytes]), file: 'backup', bytes: bytes.length });

test('a backup is restored at the other site, and both hold the same', async () => {
  await restore(await backup());
  const [from, to] = [await active.inventory(signal()), await standby.inventory(signal())];
  expect(compare(from, to, standby.expected)).toEqual({ equal: 4, expected: [], mismatches: [] });
  expect(readdirSync(at('dc2', 'notes')).sort()).toEqual(['one.txt', 'two.txt']);
  expect(await standby.enabled(signal())).toEqual({ schedules: [] });
});

test('a backup that is cut is damaged, and leaves what was there', async () => {
  const bytes = await backup();
  const error = await failed(restore(bytes.subarray(0, bytes.indexOf('\n') + 1)));
  expect(failureType(error)).toBe('Damaged');
  expect(error.message).toContain('the backup is cut');
  expect(readdirSync(at('dc2', 'notes'))).toEqual(['extra.txt']);
  await standby.clean(work());
  expect(readdirSync(at('dc2')).filter((name) => name.startsWith('next-'))).toEqual([]);
});

test('each installation has an identity of its own, which a restore does not carry over', async () => {
  const [one, other] = [await active.identify(), await standby.identify()];
  expect(one).not.toBe(other);
  await restore(await backup());
  await standby.establish?.();
  expect(await standby.identify()).toBe(other);
  expect((await standby.observe(signal())).identity).toBe(other);
});

test('an installation without an identity is not taken for another', async () => {
  rmSync(at('dc1', 'identity.json'));
  expect((await failed(active.identify())).message).toContain('Is the disk mounted?');
});

test('what acts by itself is held at a freeze, and exactly that is released at the other site', async () => {
  const set = await active.enabled(signal());
  expect(set).toEqual({ schedules: ['nightly'] });
  expect(failureType(await failed(active.proveFrozen(work())))).toBe('Unavailable');
  await active.hold(work());
  await active.proveFrozen(work());
  expect(await active.enabled(signal())).toEqual({ schedules: [] });
  await restore(await backup());
  await standby.release(work(), set);
  expect(json('dc2', 'schedules.json')).toEqual({ nightly: true, retired: false });
});

test('waiting jobs are told, cancelled and run again once', async () => {
  const { queued, running } = await active.drain(signal());
  expect(running).toEqual([]);
  expect(queued).toEqual([
    { component: 'notes', id: 'm1', title: 'mail to a@example.com', request: { to: 'a@example.com', text: 'x' } },
  ]);
  const ended = await active.cancel(work(), [...queued, { component: 'notes', id: 'm2', title: '', request: null }]);
  expect(ended).toEqual(['m2']);
  expect((await active.drain(signal())).queued).toEqual([]);
  for (const _ of [1, 2]) for (const job of queued) await standby.resubmit(work(), job);
  expect(json('dc2', 'mails.json')).toEqual([{ id: 'm1', to: 'a@example.com', text: 'x' }]);
});

test('the executing part is stopped at a standby and started by a promotion', async () => {
  expect(await standby.start(work())).toEqual(['the sender runs']);
  expect((await standby.observe(signal())).executing).toEqual({ running: true, startsWithMachine: false });
  await standby.quiet(work());
  expect((await standby.observe(signal())).executing.running).toBe(false);
  expect(await standby.stage(work())).toEqual(['1 notes are there']);
});

test('check passes the findings of the program on', async () => {
  expect(await active.check(signal())).toEqual([expect.objectContaining({ level: 'ok', topic: 'sender' })]);
  writeFileSync(at('dc1', 'sender.json'), '{"running": true, "startsWithMachine": true}');
  expect(await active.check(signal())).toEqual([
    expect.objectContaining({ level: 'error', todo: expect.stringContaining('Turn it off') }),
  ]);
});
