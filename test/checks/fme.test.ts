import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult, Expected } from '../../activities/checks/check.ts';
import { createCheck } from '../../activities/checks/kinds.ts';
import type { CheckParts } from '../../activities/checks/parts.ts';
import type { CheckConfig, FmeFlowConfig } from '../../model/config.ts';
import { BOTH, NEW, OLD, startSite, type TestSite } from '../simulator/site.ts';
import { frontDoor, portOf } from './front-door.ts';

/** Builds differ in how workspaces are published; here they are just there. */
function addWorkspaces({ parts, store }: TestSite, ...names: string[]): void {
  parts.repositories.makeFolder('Jobs', '');
  const published = '2026-01-02T03:04:05.000Z';
  const files = names.map((name) => {
    writeFileSync(parts.repositories.locate('Jobs', name), `#! ${name}`);
    return [name, { name, type: 'WORKSPACE' as const, size: `#! ${name}`.length, published, publishedBy: 'admin' }];
  });
  store.put('repositories', {
    name: 'Jobs',
    description: '',
    owner: 'admin',
    sharable: true,
    files: Object.fromEntries(files),
  });
}

const command = { command: ['true'], timeout: 1_000 };
const engines = { start: command, stop: command, status: command, disable: command };
const CLIENTS = ['browser', 'rest', 'command-line', 'console', 'webhook'] as const;

describe.each([OLD, BOTH, NEW])('clients of an FME Flow of build %i', (build) => {
  let old: TestSite;
  let fresh: TestSite;
  let third: TestSite;
  let door: Awaited<ReturnType<typeof frontDoor>>;
  let parts: CheckParts;
  let expected: Expected;

  beforeAll(async () => {
    const settings = (site: string) => ({
      settings: { tokens: [{ name: site, token: `token-of-${site}` }], consolePort: 0 },
    });
    old = await startSite({ site: 'dc1', build, ...settings('dc1') });
    fresh = await startSite({ site: 'dc2', build, ...settings('dc2') });
    third = await startSite({ site: 'dc3', build, settings: { tokens: [{ name: 'dc2', token: 'token-of-dc2' }] } });
    door = await frontDoor(portOf(old.url));
    process.env.CHECK_TOKEN_DC1 = 'token-of-dc1';
    process.env.CHECK_TOKEN_DC2 = 'token-of-dc2';
    const site = (each: TestSite, env: string) => ({
      url: each.url,
      token: { env },
      engines,
      ...(each.consolePort === undefined ? {} : { console: each.consolePort }),
    });
    const flow = {
      kind: 'fme-flow',
      sites: { dc1: site(old, 'CHECK_TOKEN_DC1'), dc2: site(fresh, 'CHECK_TOKEN_DC2') },
      smoke: { repository: 'Jobs', workspace: 'smoke.fmw', parameters: {}, timeout: 10_000 },
    } as unknown as FmeFlowConfig;
    parts = {
      components: { flow },
      sites: ['dc1', 'dc2'],
      clients: door.url,
      resolve: async (secret) => ('env' in secret ? (process.env[secret.env] ?? '') : ''),
    };
    expected = { site: 'dc2', identity: { flow: fresh.machineKey }, addresses: { flow: fresh.url } };
  });

  const run = (config: CheckConfig): Promise<CheckResult> =>
    createCheck(config, parts).run(new AbortController().signal, expected);
  const client = (kind: (typeof CLIENTS)[number]): CheckConfig => ({
    kind: 'fme',
    name: kind,
    component: 'flow',
    client: kind,
    url: kind === 'webhook' ? `${door.url}/fmeapiv4/automations/1/2/message` : door.url,
    timeout: 10_000,
  });

  test.each(CLIENTS)('%s is satisfied by the new site only', async (kind) => {
    door.lead(portOf(fresh.url));
    const found = await run(client(kind));
    expect(found).toEqual({ ok: true, saw: expect.stringContaining('dc2 answers, by its machine key') });

    // The token of the new site is not known at the old one.
    door.lead(portOf(old.url));
    expect(await run(client(kind))).toMatchObject({ ok: false, saw: expect.stringMatching(/401.*another site/) });
    // After a restore it may well be: then the machine key tells.
    const known = { ...client(kind), token: { env: 'CHECK_TOKEN_DC1' } };
    const other = await run(known as CheckConfig);
    expect(other).toMatchObject({ ok: false, saw: expect.stringMatching(/another installation than flow at dc2/) });
    expect(other.saw).toContain(old.machineKey);

    door.lead(portOf(third.url));
    expect(await run(client(kind))).toMatchObject({ ok: false, saw: expect.stringContaining(third.machineKey) });
  });

  test.each(['browser', 'rest', 'command-line'] as const)(
    '%s by the address of the web UI is satisfied by the new site only',
    async (kind) => {
      const config = { ...client(kind), url: `${door.url}/fmeserver` } as CheckConfig;
      door.lead(portOf(fresh.url));
      expect(await run(config)).toEqual({ ok: true, saw: expect.stringContaining('dc2 answers, by its machine key') });
      door.lead(portOf(third.url));
      expect(await run(config)).toMatchObject({ ok: false, saw: expect.stringContaining(third.machineKey) });
    },
  );

  test('an http check under the clients own address is satisfied by the new site only', async () => {
    const http: CheckConfig = {
      kind: 'http',
      name: 'page',
      url: `${door.url}/fmeserver/`,
      status: 200,
      timeout: 10_000,
    };
    door.lead(portOf(third.url));
    expect(await run(http)).toMatchObject({ ok: false });
    door.lead(portOf(fresh.url));
    expect(await run(http)).toMatchObject({ ok: true, saw: expect.stringMatching(/200.*dc2 answers/) });
  });

  test('a smoke job is run by an engine of the new site', async () => {
    const job: CheckConfig = { kind: 'fme-job', name: 'smoke', component: 'flow', url: fresh.url, timeout: 10_000 };
    addWorkspaces(fresh, 'smoke.fmw', 'fail.fmw');
    await fresh.service('start', 'engines');
    expect(await run(job)).toMatchObject({ ok: true, saw: expect.stringMatching(/^job \d+ was run by /) });

    expect(await run({ ...job, url: old.url } as CheckConfig)).toMatchObject({ ok: false });
    // Without an address: at the own one of whichever site must answer, so that it holds for a failback too.
    const { url: _, ...anywhere } = job;
    expect(await run(anywhere as CheckConfig)).toMatchObject({ ok: true });
    expected = { ...expected, addresses: { flow: old.url } };
    expect(await run(anywhere as CheckConfig)).toMatchObject({ ok: false });
    const { flow } = parts.components;
    const failing = { ...flow, smoke: { repository: 'Jobs', workspace: 'fail.fmw', parameters: {}, timeout: 10_000 } };
    const failed = await createCheck(job, { ...parts, components: { flow: failing as FmeFlowConfig } }).run(
      new AbortController().signal,
      expected,
    );
    expect(failed).toMatchObject({ ok: false, saw: expect.stringContaining('fail.fmw') });
  });

  test('a site whose Server Console is not reachable fails that client', async () => {
    door.lead(portOf(fresh.url));
    const config = { ...client('console'), port: 1 } as CheckConfig;
    expect(await run(config)).toMatchObject({ ok: false });
  });
});

test('a check of a component that is no fme-flow is refused at once', () => {
  const parts: CheckParts = {
    components: {},
    sites: ['dc1', 'dc2'],
    clients: 'http://127.0.0.1:1',
    resolve: async () => '',
  };
  const config: CheckConfig = {
    kind: 'fme-job',
    name: 'smoke',
    component: 'flow',
    url: 'http://127.0.0.1:1',
    timeout: 1,
  };
  expect(() => createCheck(config, parts)).toThrow(/check smoke names the component flow/);
});

test.each([
  ['the old site', { '/fme': 'K1', '': 'K2' }, 200, { ok: false, saw: expect.stringContaining('K1') }],
  ['the old site, which refuses the token', { '': 'K2' }, 401, { ok: false, saw: expect.stringContaining('401') }],
  ['the new site', { '/fme': 'K2', '': 'K1' }, 200, { ok: true }],
  ['a page that sends to its login', { '': 'K2' }, 302, { ok: true }],
])('under a path that a proxy leads to %s, that is what counts', async (_what, keys: object, other, found) => {
  const server = createServer((request, response) => {
    const [base = '', api] = request.url?.split(/(?=\/fmeapiv4|\/fmerest)/) ?? [];
    const [at, asks] = base.startsWith('/fmeapi') || base.startsWith('/fmerest') ? ['', base] : [base, api];
    const key = (keys as Record<string, string>)[at === '/' ? '' : at];
    if (asks === undefined) response.end('<html>');
    else if (key) response.end(JSON.stringify({ machineKey: key }));
    else response.writeHead(other, { location: '/login' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fme`;
    const flow = { kind: 'fme-flow', sites: { dc2: { token: { env: 'X' } } } } as unknown as FmeFlowConfig;
    const config: CheckConfig = { kind: 'fme', name: 'ui', component: 'flow', client: 'browser', url, timeout: 10_000 };
    const given = { components: { flow }, sites: ['dc1', 'dc2'], clients: url, resolve: async () => 't' };
    const expected = { site: 'dc2', identity: { flow: 'K2' }, addresses: {} };
    expect(await createCheck(config, given).run(new AbortController().signal, expected)).toMatchObject(found);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test.each([
  ['sends browsers to the old host', 'http://fme.dc1.invalid/fmeserver', /sends browsers to fme.dc1.invalid/],
  ['redirects without end', '/', /without end/],
])('a web UI that %s fails the browser', async (_what, location, saw) => {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('machinekey')) response.end('{"machineKey": "K2"}');
    else response.writeHead(302, { location }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const flow = { kind: 'fme-flow', sites: { dc2: { token: { env: 'X' } } } } as unknown as FmeFlowConfig;
    const config: CheckConfig = { kind: 'fme', name: 'ui', component: 'flow', client: 'browser', url, timeout: 10_000 };
    const check = createCheck(config, {
      components: { flow },
      sites: ['dc1', 'dc2'],
      clients: url,
      resolve: async () => 't',
    });
    const found = await check.run(new AbortController().signal, {
      site: 'dc2',
      identity: { flow: 'K2' },
      addresses: {},
    });
    expect(found).toEqual({ ok: false, saw: expect.stringMatching(saw) });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
