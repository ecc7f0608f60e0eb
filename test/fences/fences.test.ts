import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Component, Observation } from '../../activities/components/component.ts';
import { createFence } from '../../activities/fences/kinds.ts';
import type { Command, FenceConfig } from '../../model/config.ts';

let folder: string;
let off: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fences-'));
  off = join(folder, 'off');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const signal = () => new AbortController().signal;
const node = (script: string): Command => ({ command: [process.execPath, '-e', script], timeout: 30_000 });
const parts = { pair: 'fme', site: 'dc1', components: {} };
const power = (fence = `require('node:fs').writeFileSync(${JSON.stringify(off)}, '')`): FenceConfig => ({
  kind: 'command',
  name: 'power',
  at: 'control',
  fence: node(fence),
  read: node(
    `const on = !require('node:fs').existsSync(${JSON.stringify(off)}); console.log(process.env.UNDERSTUDY_SITE, on ? 'on' : 'off'); process.exit(on ? 3 : 0)`,
  ),
  lower: node(`require('node:fs').rmSync(${JSON.stringify(off)}, { force: true })`),
});

/** A component of which only the executing part is looked at. */
const component = (state: { running: boolean; startsWithMachine: boolean }, stops = true) => {
  let quieted = 0;
  const partial: Partial<Component> = {
    observe: async () => ({ executing: { ...state } }) as Observation,
    quiet: async () => {
      quieted++;
      if (stops) state.running = false;
    },
  };
  return { component: partial as Component, quieted: () => quieted };
};

test('a command fences the site, and only what it reads back is confirmed', async () => {
  const fence = createFence(power(), parts);
  expect(fence).toMatchObject({ name: 'power', at: 'control', stronger: true });
  expect(await fence.read(signal())).toMatchObject({ result: 'failed' });
  expect(await fence.fence(signal())).toEqual({ result: 'confirmed', saw: 'dc1 off' });
  expect(await fence.read(signal())).toEqual({ result: 'confirmed', saw: 'dc1 off' });
  await fence.lower?.(signal());
  expect(await fence.read(signal())).toMatchObject({ result: 'failed' });
});

test('a fence that says well done and did nothing is no verdict', async () => {
  expect(await createFence(power(''), parts).fence(signal())).toMatchObject({ result: 'failed' });
});

test('a fence that fails is no verdict, and says why', async () => {
  const found = await createFence(power('console.error("no route to the power switch"); process.exit(1)'), parts).fence(
    signal(),
  );
  expect(found).toEqual({ result: 'failed', why: expect.stringContaining('no route to the power switch') });
});

test('a site that is fenced already is not fenced again', async () => {
  const fence = createFence(power(), parts);
  await fence.fence(signal());
  expect(await createFence(power('process.exit(1)'), parts).fence(signal())).toMatchObject({ result: 'confirmed' });
});

test('check runs neither fence nor lower', async () => {
  expect(await createFence(power(), parts).check(signal())).toEqual([expect.objectContaining({ level: 'ok' })]);
  expect(existsSync(off)).toBe(false);
  const absent = { ...power(), fence: { command: ['/nowhere/fence'], timeout: 1 } } as FenceConfig;
  expect(await createFence(absent, parts).check(signal())).toEqual([expect.objectContaining({ level: 'error' })]);
});

const reading = (read: Command): FenceConfig => ({ ...(power() as FenceConfig & { kind: 'command' }), read });

test.each([
  ['does not end in time', { ...node('setTimeout(() => {}, 60_000)'), timeout: 300 }, /did not end within/],
  ['was killed', node('process.kill(process.pid, "SIGKILL")'), /ended by SIGKILL/],
  ['is a shell without its program', { command: ['sh', '-c', 'no-such-power-tool'], timeout: 30_000 }, /code 127/],
  ['finds no machine behind ssh', node('console.error("no route to host"); process.exit(255)'), /no route to host/],
])('check warns of a program that tells nothing since it %s', async (_what, read, why) => {
  expect(await createFence(reading(read), parts).check(signal())).toEqual([
    { level: 'warning', topic: 'fence power', says: expect.stringMatching(why), todo: expect.any(String) },
  ]);
});

test('check warns of a webhook that cannot be reached, or does not answer whether the site is fenced', async () => {
  let status = 409;
  const server: Server = createServer((_request, response) => response.writeHead(status).end('said'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hook = (url: string) => ({ url, method: 'GET' as const, timeout: 10_000 });
  const checked = async (url: string) =>
    createFence({ kind: 'webhook', name: 'power', at: 'control', fence: hook(url), read: hook(url) }, parts).check(
      signal(),
    );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/read`;
  try {
    expect(await checked(url)).toEqual([expect.objectContaining({ level: 'ok' })]);
    for (status of [401, 403, 404, 302, 500, 503])
      expect(await checked(url), `${status}`).toEqual([
        expect.objectContaining({ level: 'warning', says: expect.stringContaining(`${status}`) }),
      ]);
    status = 200;
    expect(await checked(url)).toEqual([expect.objectContaining({ level: 'note' })]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  for (const [gone, why] of [
    [url, /could not be reached/],
    // A resolver may be silent for longer than a webhook is waited for.
    ['http://power.invalid/read', /could not be reached|did not answer/],
  ] as const)
    expect(await checked(gone)).toEqual([
      expect.objectContaining({ level: 'warning', says: expect.stringMatching(why) }),
    ]);
  const cancel = new AbortController();
  cancel.abort(new Error('displaced'));
  await expect(createFence(power(), parts).check(cancel.signal)).rejects.toThrow('displaced');
});

test('a cancelled fence is not taken for a failed one', async () => {
  const cancel = new AbortController();
  cancel.abort(new Error('displaced'));
  await expect(createFence(power(), parts).fence(cancel.signal)).rejects.toThrow('displaced');
});

test('the services of all components are stopped, and read back', async () => {
  const [one, other] = [
    component({ running: true, startsWithMachine: false }),
    component({ running: true, startsWithMachine: false }),
  ];
  const fence = createFence(
    { kind: 'services' },
    { ...parts, components: { flow: one.component, db: other.component } },
  );
  expect(fence).toMatchObject({ at: 'site', stronger: false });
  expect(await fence.read(signal())).toMatchObject({
    result: 'failed',
    why: expect.stringMatching(/flow runs.*db runs/),
  });
  expect(await fence.fence(signal())).toMatchObject({ result: 'confirmed', saw: expect.stringContaining('flow, db') });
  expect([one.quieted(), other.quieted()]).toEqual([1, 1]);
});

test.each([
  ['does not stop', { running: true, startsWithMachine: false }, /runs/],
  ['would start with the machine', { running: false, startsWithMachine: true }, /start with the machine/],
])('a service that %s is no fence', async (_what, state, why) => {
  const stubborn = component(state, false);
  const fence = createFence({ kind: 'services' }, { ...parts, components: { flow: stubborn.component } });
  expect(await fence.fence(signal())).toEqual({ result: 'failed', why: expect.stringMatching(why) });
});

test('a person is asked, and nothing is confirmed without one', async () => {
  const fence = createFence({ kind: 'manual', name: 'call', todo: 'Have {site} of {pair} switched off' }, parts);
  expect(await fence.fence(signal())).toEqual({ result: 'ask', todo: 'Have dc1 of fme switched off' });
  expect(await fence.read(signal())).toMatchObject({ result: 'ask' });
});

test('a webhook fences the site and is read back by its status', async () => {
  let fenced = false;
  const asked: unknown[] = [];
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/fence') {
      asked.push(JSON.parse(body));
      fenced = true;
    }
    response.writeHead(request.url === '/read' && !fenced ? 409 : 200).end(fenced ? 'isolated' : 'on line');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const hook = (path: string, method: 'POST' | 'GET') => ({ url: `${base}${path}`, method, timeout: 10_000 });
    const config: FenceConfig = {
      kind: 'webhook',
      name: 'firewall',
      at: 'site',
      fence: hook('/fence', 'POST'),
      read: hook('/read', 'GET'),
    };
    const fence = createFence(config, parts);
    expect(await fence.read(signal())).toEqual({ result: 'failed', why: expect.stringContaining('409: on line') });
    expect(await fence.fence(signal())).toEqual({ result: 'confirmed', saw: 'isolated' });
    expect(asked).toEqual([{ verb: 'fence', fence: 'firewall', pair: 'fme', site: 'dc1' }]);
    expect(fence.lower).toBeUndefined();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
