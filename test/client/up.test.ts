import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { freePort } from '../../tools/free-port.ts';
import { databaseIn, stateFolder } from '../../worker/state-folder.ts';
import { readNote, runningTemporal } from '../../worker/temporal-lock.ts';
import { type Program, startProgram } from './program.ts';

/** The built program and real processes: everything on one machine, killed and started again. */

const CONFIG = `pair: orders
active: dc1
clients: { url: http://clients.invalid }
sites:
  dc1: { state: state/dc1, vault: { repository: vault/dc1, password: { env: VAULT_OF_DC1 } } }
  dc2: { state: state/dc2, vault: { repository: vault/dc2, password: { env: VAULT_OF_DC2 } } }
approvals: { planned: [cutover] }
components:
  data: { kind: files, sites: { dc1: { path: data/dc1 }, dc2: { path: data/dc2 } } }
`;

let folder: string;
let database: string;
let ports: string[];
let env: NodeJS.ProcessEnv;
let up: Program;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-up-'));
  database = databaseIn(stateFolder(join(folder, 'understudy.yaml'), 'orders'));
  ports = ['--port', `${await freePort()}`, '--ui-port', `${await freePort()}`];
  const { TEMPORAL_ADDRESS: _, TEMPORAL_NAMESPACE: __, ...rest } = process.env;
  const secrets = { VAULT_OF_DC1: 'the secret of dc1', VAULT_OF_DC2: 'the secret of dc2' };
  env = { ...rest, ...secrets, UNDERSTUDY_TEMPORAL_CLI: inject('temporalCli') };
  await writeFile(join(folder, 'understudy.yaml'), CONFIG);
  for (const site of ['dc1', 'dc2']) await mkdir(join(folder, 'data', site), { recursive: true });
  await writeFile(join(folder, 'data', 'dc1', 'order.txt'), 'one pair of shoes');
  up = await started();
}, 120_000);

afterAll(async () => {
  up.process.kill('SIGKILL');
  const note = await runningTemporal(database);
  if (note) process.kill(note.server, 'SIGKILL');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** `understudy up`, when all its parts work, and it has said so. */
async function started(...more: readonly string[]): Promise<Program> {
  const program = startProgram(folder, ['up', ...ports, ...more], env);
  const works = () => program.err().match(/working on queue/g)?.length === 4 && program.err().includes('orders is up');
  await vi.waitUntil(() => works() || program.process.exitCode !== null, { timeout: 90_000, interval: 100 });
  expect(works(), program.err()).toBe(true);
  return program;
}

async function understudy(...argv: string[]): Promise<{ code: number | null; err: string; value: unknown }> {
  const program = startProgram(folder, [...argv, '--json'], env);
  const { code, out } = await program.ended;
  return { code, err: program.err(), value: out === '' ? undefined : JSON.parse(out) };
}

test('up prints where its UI is and what to do next, and no secret', () => {
  expect(up.err()).toContain(`http://127.0.0.1:${ports[3]}/namespaces/default/workflows`);
  for (const next of ['understudy check', 'understudy setup', 'understudy sync']) expect(up.err()).toContain(next);
  expect(up.err()).not.toContain('the secret of');
});

test('a second up on the same state ends with 5 and names the first', async () => {
  const { code, value } = await understudy('up');
  expect(code).toBe(5);
  expect(value).toMatchObject({ error: { message: expect.stringContaining(`process ${up.process.pid}`) } });
});

test('other commands find it beside the configuration: set up, synced, the trees are equal', {
  timeout: 120_000,
}, async () => {
  const setup = await understudy('setup', '--paused');
  expect(setup, setup.err).toMatchObject({
    code: 0,
    value: { records: { active: 'dc1' }, schedule: { paused: true } },
  });
  const sync = await understudy('sync');
  expect(sync, sync.err).toMatchObject({ code: 0, value: { result: { outcome: 'synced', from: 'dc1', to: 'dc2' } } });
  expect(await readFile(join(folder, 'data', 'dc2', 'order.txt'), 'utf8')).toBe('one pair of shoes');
});

test('Ctrl-C at a failover leaves the run going; approved from elsewhere it is committed', {
  timeout: 180_000,
}, async () => {
  const following = startProgram(
    folder,
    ['failover', '--to', 'dc2', '--mode', 'planned', '--reason', 'test', '--yes'],
    env,
  );
  await vi.waitUntil(() => following.err().includes('Answer with'), { timeout: 60_000, interval: 100 });
  following.process.kill('SIGINT');
  expect(await following.ended, following.err()).toMatchObject({ code: 130 });
  expect(following.err()).toMatch(/failover\/orders\/\S+ goes on without us/);

  await vi.waitUntil(async () => (await status())?.inProgress?.[0]?.status?.ask, SOON);
  expect(await understudy('approve', '--why', 'a test', '--yes')).toMatchObject({ code: 0 });
  await vi.waitUntil(async () => (await status())?.inProgress?.length === 0, SOON);
  await vi.waitUntil(async () => (await status())?.active === 'dc2', SOON);
});

/** Each look is a process of its own. */
const SOON = { timeout: 90_000, interval: 1_000 };

interface StatusValue {
  readonly active: string | null;
  readonly inProgress: readonly { readonly status?: { readonly ask?: { readonly step: string } } }[];
}
/** One that failed is a look that showed nothing. */
const status = async () => (await understudy('status')).value as Partial<StatusValue> | undefined;

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('killed, it leaves its Temporal behind; the next up replaces that and goes on with the same state', {
  timeout: 120_000,
}, async () => {
  const before = await readNote(database);
  up.process.kill('SIGKILL');
  await up.ended;
  expect(await runningTemporal(database)).toEqual(before);
  up = await started('--json');
  expect((await readNote(database))?.server).not.toBe(before?.server);
  // It lets go of the database a moment before it is gone.
  await expect.poll(() => lives(before?.server as number)).toBe(false);
  const points = await understudy('points');
  expect(points, points.err).toMatchObject({
    code: 0,
    value: [{ site: 'dc1' }, { site: 'dc2' }],
  });
});

test('with --json all that it writes is one JSON object a line, where its UI is and what to do next too', () => {
  const lines = up.err().trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
  expect(lines.map((line) => JSON.parse(line))).toContainEqual({
    ...{ time: expect.any(String), level: 'INFO', message: 'orders is up', namespace: 'default', database },
    ui: `http://127.0.0.1:${ports[3]}/namespaces/default/workflows`,
    address: `127.0.0.1:${ports[1]}`,
    next: expect.arrayContaining([expect.stringContaining('understudy check')]),
  });
});

test('told to stop, it ends with 0 and takes its Temporal along', { timeout: 90_000 }, async () => {
  up.process.kill('SIGTERM');
  expect(await up.ended).toMatchObject({ code: 0 });
  expect(await runningTemporal(database)).toBeUndefined();
});
