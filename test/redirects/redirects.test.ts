import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import { createRedirect } from '../../activities/redirects/kinds.ts';
import { leadsTo } from '../../activities/redirects/leads-to.ts';
import type { Redirect } from '../../activities/redirects/redirect.ts';
import type { Command } from '../../model/config.ts';

/** A load balancer that can be asked and told, by file (commands) and by HTTP (webhooks). */
let folder: string;
let file: string;
let server: Server;
let base: string;
let moves: unknown[];
let broken: boolean;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redirects-'));
  file = join(folder, 'backend');
  await writeFile(file, 'dc1');
  moves = [];
  broken = false;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method === 'POST') {
      const move = JSON.parse(body);
      moves.push(move);
      if (!broken) await writeFile(file, move.to);
    }
    response.end(JSON.stringify({ leadsTo: await readFile(file, 'utf8') }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const signal = () => new AbortController().signal;
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
const parts = { pair: 'fme', sites: ['dc1', 'dc2'] };
const node = (script: string, more: Command['command'] = []): Command => ({
  command: [process.execPath, '-e', script, ...more],
  timeout: 30_000,
});
const byCommand = (): Redirect =>
  createRedirect(
    {
      kind: 'command',
      name: 'lb',
      move: node(
        `const fs = require('node:fs'); const request = JSON.parse(fs.readFileSync(0)); fs.writeFileSync(${JSON.stringify(file)}, request.to); fs.appendFileSync(${JSON.stringify(join(folder, 'log'))}, JSON.stringify(request) + '\\n')`,
      ),
      read: node(`process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8') + '\\n')`),
    },
    parts,
  );
const byWebhook = (): Redirect =>
  createRedirect(
    {
      kind: 'webhook',
      name: 'dns',
      move: { url: `${base}/move`, method: 'POST', timeout: 10_000 },
      read: { url: `${base}/where`, method: 'GET', timeout: 10_000 },
    },
    parts,
  );

test('a command moves clients, is told where to, and is read back', async () => {
  const redirect = byCommand();
  expect(await redirect.read(signal())).toBe('dc1');
  expect(await redirect.move(signal(), 'dc2')).toBe('moved');
  expect(await redirect.read(signal())).toBe('dc2');
  expect(JSON.parse(await readFile(join(folder, 'log'), 'utf8'))).toEqual({
    verb: 'move',
    pair: 'fme',
    redirect: 'lb',
    to: 'dc2',
    from: 'dc1',
    site: 'dc2',
  });
});

test('a webhook moves clients, and is read back', async () => {
  const redirect = byWebhook();
  expect(await redirect.move(signal(), 'dc2')).toBe('moved');
  expect(await redirect.read(signal())).toBe('dc2');
  expect(moves).toEqual([{ verb: 'move', pair: 'fme', redirect: 'dns', to: 'dc2', from: 'dc1', site: 'dc2' }]);
});

test('clients that are there already are not moved again', async () => {
  await byWebhook().move(signal(), 'dc2');
  await byWebhook().move(signal(), 'dc2');
  expect(moves).toHaveLength(1);
  await byWebhook().move(signal(), 'dc1');
  expect(await byWebhook().read(signal())).toBe('dc1');
});

test('a move that did not happen is seen by reading back', async () => {
  broken = true;
  await byWebhook().move(signal(), 'dc2');
  expect(await byWebhook().read(signal())).toBe('dc1');
});

test('a move that fails is a typed failure', async () => {
  const redirect = createRedirect({ kind: 'command', name: 'lb', move: node('process.exit(4)') }, parts);
  expect(await redirect.read(signal())).toBe('unknown');
  expect(failureType(await failed(redirect.move(signal(), 'dc2')))).toBe('Unavailable');
});

test('a person is told what to do, for which site', async () => {
  const manual = (todo: string) => createRedirect({ kind: 'manual', name: 'dns', todo }, parts);
  expect(await manual('Point fme.example.com to {to}').move(signal(), 'dc2')).toEqual({
    ask: 'Point fme.example.com to dc2',
  });
  expect(await manual('Call the network team').move(signal(), 'dc2')).toEqual({
    ask: 'Call the network team (lead the clients to dc2)',
  });
  expect(await manual('Log in at dc20 first').move(signal(), 'dc2')).toEqual({
    ask: 'Log in at dc20 first (lead the clients to dc2)',
  });
  expect(await manual('x').read(signal())).toBe('unknown');
});

test.each([
  ['dc2\n', 'dc2'],
  ['{"leadsTo": "dc2"}', 'dc2'],
  ['"dc1"', 'dc1'],
  ['{"leadsTo": "dc3"}', 'dc3'],
  ['dc3', 'unknown'],
  ['dc1 or dc2', 'unknown'],
  ['{"active": "dc1"}', 'unknown'],
  ['', 'unknown'],
])('the answer %j leads to %s', (said, site) => {
  expect(leadsTo(said, parts.sites)).toBe(site);
});

test('check looks and moves nothing', async () => {
  expect(await byWebhook().check(signal())).toEqual([
    expect.objectContaining({ level: 'ok', says: 'Clients are led to dc1.' }),
  ]);
  expect(await byCommand().check(signal())).toEqual([expect.objectContaining({ level: 'ok' })]);
  expect(moves).toEqual([]);
  expect(await readFile(file, 'utf8')).toBe('dc1');
});

test('check names a program that is not there, an answer that says nothing, and what cannot be read back', async () => {
  const none: Command = { command: ['/nowhere/move-clients'], timeout: 1_000 };
  const missing = createRedirect({ kind: 'command', name: 'lb', move: none }, parts);
  expect(await missing.check(signal())).toEqual([
    expect.objectContaining({ level: 'error', says: expect.stringContaining('/nowhere/move-clients') }),
  ]);
  const mute = createRedirect({ kind: 'command', name: 'lb', move: node(''), read: node('') }, parts);
  expect(await mute.check(signal())).toEqual([
    expect.objectContaining({ level: 'error', todo: expect.stringContaining('{"leadsTo": "dc1"}') }),
  ]);
  const blind = createRedirect({ kind: 'command', name: 'lb', move: node('') }, parts);
  expect(await blind.check(signal())).toEqual([expect.objectContaining({ level: 'note' })]);
});
