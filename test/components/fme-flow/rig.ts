import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll } from 'vitest';
import type { Component, Work } from '../../../activities/components/component.ts';
import type { FmeFlowContext, Limits } from '../../../activities/components/fme-flow/context.ts';
import { createFmeFlow } from '../../../activities/components/fme-flow/fme-flow.ts';
import type { Service } from '../../../activities/components/fme-flow/services.ts';
import { createChildren } from '../../../activities/run/children.ts';
import type { SettingsInput } from '../../../demo/simulator/settings.ts';
import { createSimulator, type Simulator } from '../../../demo/simulator/simulator.ts';
import { seal } from '../../../demo/simulator/state/seal.ts';
import { type LedgerLine, readLedger, runTwice } from '../../../demo/simulator/work/ledger.ts';
import { Component as ComponentSchema } from '../../../model/config/components.ts';
import type { FmeFlowConfig } from '../../../model/config.ts';
import { type Comparison, compare } from '../../../model/inventory.ts';

/** Builds on the three sides of the changes of the API: only v3 for most, both, only v4. */
export const OLD = 23166;
export const BOTH = 25606;
export const NEW = 26100;
export const BUILDS = [OLD, BOTH, NEW] as const;

const LIMITS: Limits = { request: 10_000, poll: 40, task: 20_000, appear: 500, restart: 15_000, engines: 5_000 };

export interface Side {
  readonly name: string;
  readonly machine: Simulator;
  readonly component: Component;
  /** A component as another worker process would make it: it remembers what is on its disk alone. */
  fresh(limits?: Partial<Limits>): Component;
  work(key?: string, openTasks?: readonly string[]): TestWork;
}

export interface TestWork extends Work {
  /** `intend NAME` and `ended NAME how`, in order. */
  readonly journal: string[];
  readonly said: string[];
}

export interface Rig {
  readonly active: Side;
  readonly standby: Side;
  ledger(): LedgerLine[];
  runTwice(): LedgerLine[][];
  /** Reads a whole package at the active, as the vault would. */
  backup(key?: string): Promise<Buffer>;
  restore(bytes: Buffer, key?: string): Promise<TestWork>;
  compare(): Promise<Comparison>;
}

export interface RigOptions {
  readonly build?: number;
  readonly standbyBuild?: number;
  readonly settings?: SettingsInput;
  readonly standbySettings?: SettingsInput;
  readonly unknowns?: Record<string, string>;
  readonly config?: Partial<Record<keyof FmeFlowConfig, unknown>>;
  readonly limits?: Partial<Limits>;
  readonly clients?: string;
  readonly frontDoor?: boolean;
  /** Real programs instead of calls into the machine; a status that prints this in the place of what is so. */
  readonly programs?: boolean | { readonly statusPrints: unknown };
  /** What the status commands make of the time of a start. */
  readonly since?: (told: string) => string;
}

const folders: string[] = [];
const machines: Simulator[] = [];
afterAll(async () => {
  for (const machine of machines) await machine.kill();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fme-flow-test-'));
  folders.push(folder);
  return folder;
}

/** Two simulated sites with one component at each; the engines run at the first, `dc1`. */
export async function rig(options: RigOptions = {}): Promise<Rig> {
  const ledger = join(scratch(), 'ledger.jsonl');
  const active = await machine('dc1', ledger, options.build ?? BOTH, {
    enginesStartWithMachine: true,
    ...options.settings,
    unknowns: { ...options.unknowns, ...options.settings?.unknowns },
  });
  const standby = await machine('dc2', ledger, options.standbyBuild ?? options.build ?? BOTH, {
    ...options.standbySettings,
    unknowns: { ...options.unknowns, ...options.standbySettings?.unknowns },
  });
  fill(active);
  await active.store.flush();
  const both = { dc1: active, dc2: standby };
  const sides = { dc1: side('dc1', both, options), dc2: side('dc2', both, options) };
  return {
    active: sides.dc1,
    standby: sides.dc2,
    ledger: () => readLedger(ledger),
    runTwice: () => runTwice(readLedger(ledger)),
    async backup(key = 'pair-1-point-flow') {
      const backup = await sides.dc1.component.backup(sides.dc1.work(key));
      const bytes = await whole(backup.stream);
      await backup.finish();
      return bytes;
    },
    async restore(bytes, key = 'pair-2-point-flow') {
      const work = sides.dc2.work(key);
      await sides.dc2.component.restore(work, packageOf(bytes));
      return work;
    },
    async compare() {
      const { signal } = new AbortController();
      const [from, to] = await Promise.all([
        sides.dc1.component.inventory(signal),
        sides.dc2.component.inventory(signal),
      ]);
      return compare(from, to, sides.dc2.component.expected);
    },
  };
}

export const packageOf = (bytes: Buffer) => ({
  stream: () => Promise.resolve(Readable.from(chunks(bytes), { objectMode: false })),
  file: 'package.fsconfig',
  bytes: bytes.length,
});

function* chunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}

export async function whole(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function machine(site: string, ledger: string, build: number, settings: SettingsInput): Promise<Simulator> {
  const simulator = await createSimulator({
    site,
    state: scratch(),
    build,
    ledger,
    settings: {
      tokens: [{ name: `understudy-${site}`, token: `token-of-${site}`, secondsToExpiry: 365 * 86_400 }],
      ...settings,
    },
  });
  machines.push(simulator);
  return simulator;
}

function side(name: 'dc1' | 'dc2', both: Record<'dc1' | 'dc2', Simulator>, options: RigOptions): Side {
  const simulator = both[name];
  const program = (action: string) => ({
    command: [
      process.execPath,
      '-e',
      `fetch('${simulator.admin}/services/engines/${action}',{method:'POST'}).then(r=>r.text()).then(t=>console.log(t))`,
    ],
  });
  const said = typeof options.programs === 'object' ? JSON.stringify(options.programs.statusPrints) : undefined;
  const status = said === undefined ? program('status') : { command: [process.execPath, '-p', JSON.stringify(said)] };
  const sites = Object.fromEntries(
    Object.entries(both).map(([each, { url }]) => [
      each,
      {
        url,
        token: { env: `TOKEN_${each}` },
        tokenName: `understudy-${each}`,
        engines: {
          start: program('start'),
          stop: program('stop'),
          status,
          disable: program('disable'),
        },
      },
    ]),
  );
  const config = ComponentSchema.parse({
    kind: 'fme-flow',
    sites,
    notHeld: ['publications'],
    ...options.config,
  }) as FmeFlowConfig;
  const state = scratch();
  const fresh = (limits: Partial<Limits> = {}): Component => {
    const context: FmeFlowContext = {
      name: 'flow',
      site: name,
      peerSite: name === 'dc1' ? 'dc2' : 'dc1',
      clients: options.clients ?? simulator.url,
      config,
      resolve: () => Promise.resolve(`token-of-${name}`),
      children: createChildren(join(scratch(), 'children')),
      state,
      frontDoor: options.frontDoor ?? false,
      limits: { ...LIMITS, ...options.limits, ...limits },
      ...(options.programs ? {} : { services: servicesOf(simulator, options.since) }),
    };
    return createFmeFlow(context);
  };
  return { name, machine: simulator, component: fresh(), fresh, work };
}

function servicesOf(
  simulator: Simulator,
  told = (since: string): string => since,
): { engines: Service; core: Service } {
  const of = (service: 'engines' | 'core'): Service => ({
    start: async () => void (await simulator.service('start', service)),
    stop: async () => void (await simulator.service('stop', service)),
    disable: async () => void (await simulator.service('disable', service)),
    async status() {
      const { running, startsWithMachine, since } = await simulator.service('status', service);
      return { running, startsWithMachine, ...(since === undefined ? {} : { since: told(since) }) };
    },
  });
  return { engines: of('engines'), core: of('core') };
}

export function work(key = 'pair-1-point-flow', openTasks: readonly string[] = []): TestWork {
  const journal: string[] = [];
  const said: string[] = [];
  return {
    signal: new AbortController().signal,
    key,
    openTasks,
    journal,
    said,
    progress: ({ what }) => void said.push(what),
    intendTask: async (name) => void journal.push(`intend ${name}`),
    taskEnded: async (name, how) => void journal.push(`ended ${name} ${how}`),
  };
}

/** What an active site holds: something of every kind. Nothing fires by itself unless a test gives it an interval. */
function fill({ store, parts }: Simulator): void {
  const idle = { interval: 0, intervalUnit: 'days', begin: '2024-01-01T00:00:00.000Z', queue: 'Default' } as const;
  const run = { repository: 'Orders', workspace: 'write.fmw', publishedParameters: [] };
  const owner = 'admin';
  const common = { ...idle, ...run, owner, description: 'for a test' };
  store.put('queues', { name: 'Fast', description: '', priority: 9, engines: 'all' });
  const workspaces = ['write.fmw', 'smoke.fmw', 'fail.fmw', 'connection.fmw'];
  for (const name of workspaces) {
    const path = parts.repositories.locate('Orders', name);
    parts.repositories.makeFolder('Orders', '');
    writeFileSync(path, `#! ${name}`);
  }
  const published = '2026-01-02T03:04:05.000Z';
  const files = workspaces.map((name) => [
    name,
    { name, type: 'WORKSPACE' as const, size: `#! ${name}`.length, published, publishedBy: owner },
  ]);
  store.put('repositories', {
    name: 'Orders',
    description: '',
    owner,
    sharable: true,
    files: Object.fromEntries(files),
  });
  for (const [name, enabled] of [
    ['nightly', true],
    ['hourly', true],
    ['retired', false],
  ] as const)
    store.put('schedules', { ...common, id: `schedule-${name}`, category: 'Orders', name, enabled });
  store.put('automations', {
    ...common,
    id: 'automation-1',
    name: 'intake',
    enabled: true,
    tags: [],
    webhooks: ['hook'],
  });
  store.put('automations', { ...common, id: 'automation-2', name: 'paused', enabled: false, tags: [], webhooks: [] });
  store.put('streams', { ...common, id: 'stream-1', name: 'positions', enabled: true });
  store.put('topics', { name: 'ORDERS', description: '' });
  const { queue: _queue, ...never } = idle;
  store.put('publications', {
    ...never,
    name: 'mailbox',
    description: '',
    publisher: 'email',
    topics: ['ORDERS'],
    enabled: true,
    properties: {},
  });
  store.put('subscriptions', {
    name: 'on-order',
    description: '',
    subscriber: 'fmeworkspace',
    topics: ['ORDERS'],
    properties: {},
  });
  store.put('connections', {
    name: 'canary',
    category: 'database',
    type: 'PostgreSQL',
    owner,
    shareable: true,
    parameters: { HOST: 'db.example.com' },
    sealed: seal(parts.settings().encryptionKey, { username: 'reader', password: 'not worth much' }),
  });
  for (const name of ['orders/one.txt', 'orders/two.txt', 'plan.csv']) {
    const path = parts.resources.locate('FME_SHAREDRESOURCE_DATA', name);
    parts.resources.makeFolder('FME_SHAREDRESOURCE_DATA', name.includes('/') ? 'orders' : '');
    writeFileSync(path, `content of ${name}`);
  }
}

export const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').filter(Boolean);
export const signal = new AbortController().signal;
