import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCheck } from '../../activities/checks/kinds.ts';
import type { CheckConfig } from '../../model/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'checks-'));
const servers: Server[] = [];
const at = (name: string) => join(folder, name);
const openssl = (...parameters: string[]) => execFileSync('openssl', parameters, { cwd: folder, stdio: 'pipe' });

/** What the application tells of itself. */
let site = 'dc1';
const answer: RequestListener = (request, response) => {
  if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end();
  else if (request.url === '/silent') return;
  else if (request.url === '/down') response.writeHead(503).end('maintenance');
  else if (request.url === '/who') response.end(`${site} serves`);
  else if (request.url === '/said') response.end(site);
  else response.end('ready to serve');
};
async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}
/** A server whose certificate, of our own authority, lasts this many days. */
async function tls(name: string, days: string, host = '127.0.0.1'): Promise<string> {
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  );
  execFileSync('sh', ['-c', `printf 'subjectAltName=IP:${host}' > ${name}.ext`], { cwd: folder });
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    days,
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.crt`,
  );
  const key = readFileSync(at(`${name}.key`));
  const port = await listen(createTlsServer({ key, cert: readFileSync(at(`${name}.crt`)) }, answer));
  return `https://127.0.0.1:${port}`;
}

let plain: number;
let long: string;
let short: string;
let foreign: string;
beforeAll(async () => {
  plain = await listen(createServer(answer));
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '400',
    '-subj',
    '/CN=authority of the test',
  );
  [long, short, foreign] = [await tls('long', '90'), await tls('short', '5'), await tls('foreign', '90', '127.0.0.9')];
});
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

const DAY = 86_400_000;
const expected = { site: 'dc2', identity: {}, addresses: {} };
const run = (
  config: CheckConfig,
  trusted = true,
  signal = new AbortController().signal,
  must = expected,
  sites: readonly string[] = ['dc1', 'dc2'],
) =>
  createCheck(config, {
    components: {},
    sites,
    clients: 'http://clients.invalid',
    resolve: async () => '',
    ...(trusted ? { authorities: readFileSync(at('ca.crt'), 'utf8') } : {}),
  }).run(signal, must);
const http = (url: string, more: object = {}): CheckConfig => ({
  kind: 'http',
  name: 'page',
  url,
  status: 200,
  timeout: 10_000,
  ...more,
});
const page = (path = '/') => `http://127.0.0.1:${plain}${path}`;

test('status and content are looked at, and that a site cannot be told is said', async () => {
  expect(await run(http(page(), { contains: 'ready' }))).toEqual({
    ok: true,
    saw: expect.stringMatching(/^200.*which site answered cannot be told/),
  });
  expect(await run(http(page(), { contains: 'closed' }))).toEqual({
    ok: false,
    saw: expect.stringContaining('"closed"'),
  });
  expect(await run(http(page('/down')))).toEqual({ ok: false, saw: expect.stringContaining('503') });
});

test('a page that names its site tells which one answers', async () => {
  const named = http(page('/who'), { contains: '{site} serves' });
  expect(await run(named)).toEqual({ ok: false, saw: expect.stringContaining('"dc2 serves"') });
  site = 'dc2';
  expect(await run(named)).toEqual({ ok: true, saw: '200; it names dc2' });
});

const whoServes = async (wanted: string, old: string, says: string, contains = 'served by {site}') => {
  site = says;
  const config = http(page('/said'), { contains });
  return run(config, true, undefined, { ...expected, site: wanted }, [wanted, old]);
};

test.each([
  ['dc1', 'dc10', 'served by dc10'],
  ['a', 'ab', 'served by ab'],
  ['east', 'northeast', 'served by northeast', '{site}'],
  ['dc', 'dc-2', 'served by dc-2'],
  ['east', 'west', 'served by east_old'],
])('the name of %s is not taken for found in that of %s', async (wanted, old, says, contains?: string) => {
  const found = await whoServes(wanted, old, says, contains);
  expect(found).toEqual({ ok: false, saw: expect.stringContaining('only as a part of a longer word') });
  expect(await whoServes(wanted, old, `served by ${wanted}.`, contains)).toMatchObject({ ok: true });
});

test('what the configuration itself puts beside the name is no longer word', async () => {
  expect(await whoServes('east', 'west', 'node us-east-1', 'us-{site}-1')).toMatchObject({ ok: true });
  expect(await whoServes('dc1', 'dc10', '{"site":"dc1"}', '"{site}"')).toMatchObject({ ok: true });
});

test('a page that names both sites in the same place does not tell which one answers', async () => {
  const found = await whoServes('dc2', 'dc1', 'members: dc1, dc2', '{site}');
  expect(found).toEqual({ ok: false, saw: expect.stringMatching(/holds "dc1" beside "dc2".*which of them answers/) });
  expect(await whoServes('dc2', 'dc1', 'members: dc1, dc2; served by dc2')).toMatchObject({ ok: true });
});

test('a redirection is an answer, and not followed', async () => {
  expect(await run(http(page('/moved')))).toEqual({ ok: false, saw: expect.stringContaining('302 to /elsewhere') });
  expect(await run(http(page('/moved'), { status: 302 }))).toMatchObject({ ok: true });
});

test('no answer in time fails the check, a cancelled run does not', async () => {
  expect(await run(http(page('/silent'), { timeout: 200 }))).toEqual({ ok: false, saw: 'no answer within 0.2 s' });
  const cancel = new AbortController();
  const running = run(http(page('/silent')), true, cancel.signal);
  cancel.abort(new Error('displaced'));
  await expect(running).rejects.toThrow('displaced');
});

test('a certificate that ends too soon fails the check', async () => {
  expect(await run(http(long, { certificate: 30 * DAY }))).toEqual({
    ok: true,
    saw: expect.stringMatching(/certificate until \d{4}-\d\d-\d\d/),
  });
  expect(await run(http(short, { certificate: 30 * DAY }))).toEqual({
    ok: false,
    saw: expect.stringMatching(/certificate .* ends on .*, in [45] days/),
  });
  expect(await run(http(short))).toMatchObject({ ok: true });
  expect(await run(http(page(), { certificate: DAY }))).toEqual({
    ok: false,
    saw: expect.stringContaining('not https'),
  });
});

test('a certificate of an unknown authority, or for another name, is not accepted', async () => {
  expect(await run(http(long), false)).toEqual({ ok: false, saw: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  expect(await run(http(foreign))).toEqual({ ok: false, saw: expect.stringContaining('another name') });
});

test('tcp: a connection or the reason why there is none', async () => {
  const tcp = (port: number): CheckConfig => ({ kind: 'tcp', name: 'port', host: '127.0.0.1', port, timeout: 10_000 });
  expect(await run(tcp(plain))).toEqual({ ok: true, saw: expect.stringMatching(/connected.*cannot be told/) });
  expect(await run(tcp(1))).toEqual({ ok: false, saw: expect.stringContaining('ECONNREFUSED') });
});
