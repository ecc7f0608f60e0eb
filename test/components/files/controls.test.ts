import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountsBelow } from '../../../activities/components/files/mounts.ts';
import { checkTree, whyNotHere } from '../../../activities/components/files/platform.ts';
import { failureType } from '../../../activities/failure.ts';
import type { Command } from '../../../model/config.ts';
import { type Place, place, work } from './harness.ts';

let here: Place;
beforeEach(async () => {
  here = await place();
  await mkdir(here.path('dc1'));
  await here.at('dc1').establish?.();
});
afterEach(() => rm(here.folder, { recursive: true, force: true }));

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
const signal = () => new AbortController().signal;
const node = (script: string): Command => ({ command: [process.execPath, '-e', script], timeout: 30_000 });
/** A service whose state is a file; each command notes its request. */
const service = (more: { stop?: string; startsWithMachine?: boolean } = {}) => {
  const state = JSON.stringify(join(here.folder, 'service'));
  const log = JSON.stringify(join(here.folder, 'log'));
  const fs = `const fs = require('node:fs'); const request = JSON.parse(fs.readFileSync(0)); fs.appendFileSync(${log}, request.verb + ' ' + request.site + '\\n');`;
  return {
    start: node(`${fs} fs.writeFileSync(${state}, '')`),
    stop: node(more.stop ?? `${fs} fs.rmSync(${state}, { force: true })`),
    status: node(
      `console.log(JSON.stringify({ running: require('node:fs').existsSync(${state}), startsWithMachine: ${more.startsWithMachine ?? false} }))`,
    ),
    hold: node(fs),
    release: node(fs),
  };
};
const log = () => readFile(join(here.folder, 'log'), 'utf8').catch(() => '');

test('without configured commands nothing acts by itself, and it is said that writes are not refused', async () => {
  const files = here.at('dc1');
  expect((await files.observe(signal())).executing).toEqual({
    running: false,
    startsWithMachine: false,
    none: true,
  });
  expect(await files.enabled(signal())).toEqual({});
  await files.hold(work());
  await files.proveFrozen(work());
  expect(files.notPromised.join()).toMatch(/not refused/);
});

test('writers are held and released once each, and are known as enabled in between', async () => {
  const { hold, release } = service();
  const files = here.at('dc1', { hold, release });
  expect(files.notPromised).toEqual([]);
  const enabled = await files.enabled(signal());
  expect(enabled).toEqual({ writers: ['tree'] });
  expect(failureType(await failed(files.proveFrozen(work())))).toBe('NotYet');
  await files.hold(work());
  await files.proveFrozen(work());
  expect(await files.enabled(signal())).toEqual({});
  await files.release(work(), {});
  expect(await files.enabled(signal())).toEqual({});
  await files.release(work(), enabled);
  expect(await files.enabled(signal())).toEqual(enabled);
  expect(await log()).toBe('hold dc1\nrelease dc1\n');
});

test('what works with the tree is stopped at a standby and started by a promotion, each only if needed', async () => {
  const { start, stop, status } = service();
  const files = here.at('dc1', { executing: { start, stop, status } });
  await files.quiet(work());
  await files.start(work());
  await files.start(work());
  expect((await files.observe(signal())).executing).toEqual({ running: true, startsWithMachine: false });
  await files.quiet(work());
  expect((await files.observe(signal())).executing.running).toBe(false);
  expect(await log()).toBe('start dc1\nstop dc1\n');
});

test('a stop that does not stop is found out', async () => {
  const { start, stop, status } = service({ stop: '0' });
  const files = here.at('dc1', { executing: { start, stop, status } });
  await files.start(work());
  const error = await failed(files.quiet(work()));
  expect(failureType(error)).toBe('NotYet');
});

test('a service that starts with the machine does not make a quiet standby', async () => {
  const { start, stop, status } = service({ startsWithMachine: true });
  const error = await failed(here.at('dc1', { executing: { start, stop, status } }).quiet(work()));
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toMatch(/start with the machine/);
});

test('a status that says something else is told as it is', async () => {
  const { start, stop } = service();
  const executing = { start, stop, status: node('console.log("active (running)")') };
  const error = await failed(here.at('dc1', { executing }).observe(signal()));
  expect(error.message).toMatch(/must print .*running.* and printed: active \(running\)/);
});

test('a status that does not say whether it starts with the machine proves no standby; it is stopped all the same', async () => {
  const { start, stop } = service();
  const executing = { start, stop, status: node('console.log(JSON.stringify({ running: false }))') };
  const files = here.at('dc1', { executing });
  await expect(files.observe(signal())).rejects.toThrow(/must print .*startsWithMachine/);
  expect(failureType(await failed(files.quiet(work())))).toBe('Refused');
  expect(await log()).toBe('stop dc1\n');
});

test('check says what there is, and changes nothing', async () => {
  await writeFile(join(here.path('dc1'), 'file'), 'x');
  const findings = await here.at('dc1').check(signal());
  expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
  expect(findings).toContainEqual(expect.objectContaining({ topic: 'room', says: expect.stringMatching(/2 items/) }));
  const other = await here.at('dc2').check(signal());
  expect(other).toContainEqual(
    expect.objectContaining({ level: 'note', says: expect.stringMatching(/does not exist yet/) }),
  );
  await expect(readFile(`${here.path('dc2')}.understudy/identity`)).rejects.toThrow();
});

test('a tree that is missing at the active site is an error: there is nothing to back up', async () => {
  const findings = await here.at('dc2').check(signal(), { active: true });
  const said = /no directory .* this site is the active one/;
  expect(findings).toContainEqual(
    expect.objectContaining({ level: 'error', topic: 'path', says: expect.stringMatching(said) }),
  );
  expect(findings.filter(({ topic }) => topic === 'room')).toEqual([]);
});

test('a hold without a release is an error', async () => {
  const findings = await here.at('dc1', { hold: service().hold }).check(signal());
  expect(findings).toContainEqual(expect.objectContaining({ level: 'error', topic: 'freeze' }));
});

test('a tree with items of other owners needs root', async () => {
  const owner = { uid: 12_345n, groups: new Set([12_345n]) };
  expect(await checkTree(here.path('dc1'), signal(), { owner })).toContainEqual(
    expect.objectContaining({ level: 'error', topic: 'owner', todo: expect.stringMatching(/as root/) }),
  );
});

test('mount points are known', async () => {
  expect(await mountsBelow('/proc')).toContain('/proc');
  expect(await mountsBelow(here.folder)).toEqual([]);
});

test.each(['darwin', 'win32'] as const)('on %s the kind is refused, not half done', async (platform) => {
  expect(await whyNotHere(platform)).toMatch(/Linux only.*command/);
});
