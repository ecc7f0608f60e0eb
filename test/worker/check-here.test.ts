import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../activities/config/load.ts';
import { createStore } from '../../activities/site/store.ts';
import type { SiteRecord } from '../../model/record.ts';
import { isRefusal, type Refusal } from '../../model/refusal.ts';
import { setupRecord } from '../../model/setup.ts';
import { checkHere } from '../../worker/check-here.ts';
import { temporalSettings } from '../../worker/temporal-settings.ts';

/** `check --local`, in a folder of its own with a pair of trees. */

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-check-here-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const CONFIG = `pair: orders
active: dc1
clients: { url: "CLIENTS" }
sites:
  dc1: { state: state/dc1, vault: { repository: vaults/dc1, password: { command: [echo, secret] } } }
  dc2: { state: state/dc2, vault: { repository: vaults/dc2, password: { command: [echo, secret] } } }
components:
  data: { kind: files, sites: { dc1: { path: data-1 }, dc2: { path: data-2 } } }
`;

const check = async (clients = 'http://127.0.0.1:9') => {
  await writeFile(join(folder, 'understudy.yaml'), CONFIG.replace('CLIENTS', clients));
  const loaded = await loadConfig(join(folder, 'understudy.yaml'));
  return checkHere(loaded, temporalSettings({}, undefined, {}));
};
/** Where there is no tree, by level. */
const missing = async () =>
  Object.fromEntries(
    (await check())
      .filter(({ says }) => /no directory|not exist yet; the/.test(says))
      .map((one) => [one.site, one.level]),
  );

test('leaves nothing behind, not even before the first setup', async () => {
  expect(await check()).toContainEqual(expect.objectContaining({ level: 'ok', topic: 'restic' }));
  expect(await readdir(folder)).toEqual(['understudy.yaml']);
});

test('needs a tree where the configuration has the active site, until a record says where that is', async () => {
  expect(await missing()).toEqual({ dc1: 'error', dc2: 'note' });
  let peer: SiteRecord | null = null;
  for (const [site, role] of [
    ['dc1', 'standby'],
    ['dc2', 'active'],
  ] as const) {
    const made: SiteRecord | Refusal = setupRecord({
      ...{ pair: 'orders', site, ordinal: site === 'dc1' ? 1 : 2, setup: 'first', role, existing: null, peer },
      ...{ identity: { data: `tree of ${site}` }, peerIdentity: { data: 'another' } },
    });
    if (isRefusal(made)) throw new Error(made.why);
    peer = made;
    const store = createStore(join(folder, 'state', site));
    await store.locked((session) => session.create(made), new AbortController().signal);
  }
  expect(await missing()).toEqual({ dc1: 'note', dc2: 'error' });
});

test.each([
  [401, 'ok'],
  [503, 'warning'],
])("clients' address that answers %i is %s: a front door that is closed serves nobody", async (status, level) => {
  const door = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const found = await check(`http://127.0.0.1:${(door.address() as AddressInfo).port}`);
  expect(found).toContainEqual(
    expect.objectContaining({ topic: 'clients', level, says: expect.stringContaining(`${status}`) }),
  );
  door.close();
});
