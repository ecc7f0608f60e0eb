import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { ClientCheck } from '../activities/checks/check.ts';
import { createControlActivities } from '../activities/control/activities.ts';
import type { Fence } from '../activities/fences/fence.ts';
import type { Redirect } from '../activities/redirects/redirect.ts';
import { createSiteActivities } from '../activities/site/activities.ts';
import { createSite, type Site } from '../activities/site/site.ts';
import { createStore, type Store } from '../activities/site/store.ts';
import { CONTROL_QUEUE, pairQueue, siteQueue } from '../model/names.ts';
import type { Plan } from '../model/plan.ts';
import type { ControlActivities, SiteActivities } from '../model/site-activities.ts';
import { type InstantApp, instantApp, instantComponent } from './instant-component.ts';
import { type InstantRepository, instantRepository, instantVault } from './instant-vault.ts';

type SiteName = 'a' | 'b';
type Part = 'control' | SiteName;

/** A pair whose applications and vaults are in memory, and whose records, journals, locks and runs are real. */
export interface InstantPair {
  readonly plan: Plan;
  readonly apps: Readonly<Record<'a' | 'b', InstantApp>>;
  readonly vaults: Readonly<Record<'a' | 'b', InstantRepository>>;
  readonly sites: Readonly<Record<SiteName, Site>>;
  /** What the three workers offer. */
  readonly activities: { readonly control: ControlActivities; readonly a: SiteActivities; readonly b: SiteActivities };
  /** Where the redirect leads. */
  readonly door: { leadsTo: string };
  readonly folder: string;
  /** Starts the workers and returns how to stop them; `parts` says which. */
  start(parts?: readonly Part[]): Promise<{ stop(): Promise<void> }>;
  /** Gives the workers that are named another configuration, as if they had been restarted with it. */
  reconfigure(plan: Partial<Plan>, parts?: readonly Part[]): void;
  remove(): Promise<void>;
}

export interface InstantPairOptions {
  readonly name: string;
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly workflows: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'>;
  readonly plan?: Partial<Plan>;
  /** Beside those of control, e.g. one that does nothing. */
  readonly extraActivities?: Readonly<Record<string, () => Promise<void>>>;
  /** Hears of each activity that a worker has done. */
  readonly done?: (activity: string) => void;
  /** Fences of a site that run from control. */
  readonly fences?: Readonly<Record<string, readonly Fence[]>>;
  /** For tests that make the redirect fail or ask. */
  readonly redirect?: Redirect;
  /** Instead of the one that looks at `door`. */
  readonly check?: ClientCheck;
  /** The sites' own clock; without it, the machine's. */
  readonly now?: () => string;
  readonly runHook?: Site['runHook'];
  readonly frontDoor?: (site: SiteName) => NonNullable<Site['frontDoor']>;
  /** For tests that fail between an effect and its record. */
  readonly store?: (store: Store, site: SiteName) => Store;
}

export async function createInstantPair(options: InstantPairOptions): Promise<InstantPair> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-pair-'));
  const planned = planFor(options);
  const now = options.now ?? (() => new Date().toISOString());
  const runHook = options.runHook ?? (async () => '');
  const apps = { a: instantApp('machine-a', true), b: instantApp('machine-b', false) };
  const vaults = { a: instantRepository(), b: instantRepository() };
  const door = { leadsTo: 'a' };
  const site = (name: SiteName, peer: SiteName): Site => {
    const store = createStore(join(folder, name), now);
    return createSite({
      pair: planned.pair,
      site: name,
      peerSite: peer,
      store: options.store?.(store, name) ?? store,
      children: { endLeftovers: async () => 0 },
      components: { app: instantComponent(apps[name]) },
      deletions: { app: 'report' },
      vault: instantVault(vaults[name], vaults[peer]),
      fences: [],
      checks: { door: options.check ?? doorCheck(door) },
      ...(options.frontDoor ? { frontDoor: options.frontDoor(name) } : {}),
      addresses: () => ({}),
      runHook,
      freezeMax: planned.freeze.max,
      activeAtFirst: name === 'a',
      drainLimit: { app: planned.components[0]?.drain.limit ?? 0 },
      configDigest: planned.digest,
      atClientsAddress: [],
      now,
    });
  };
  const sites = { a: site('a', 'b'), b: site('b', 'a') };
  const control = {
    plan: planned,
    client: options.client,
    redirects: { door: options.redirect ?? doorRedirect(door) },
    checks: { door: options.check ?? doorCheck(door) },
    fences: options.fences ?? {},
    addresses: () => ({}),
    runHook,
    check: async () => [],
    reports: join(folder, 'reports'),
  };
  const activities = {
    control: { ...options.extraActivities, ...createControlActivities(control) },
    a: createSiteActivities(sites.a),
    b: createSiteActivities(sites.b),
  };

  return {
    get plan() {
      return control.plan;
    },
    apps,
    vaults,
    sites,
    activities,
    door,
    folder,
    reconfigure(plan, parts = ['control', 'a', 'b']) {
      if (parts.includes('control')) control.plan = { ...control.plan, ...plan };
      for (const name of ['a', 'b'] as const)
        if (parts.includes(name)) Object.assign(sites[name], { configDigest: plan.digest });
    },
    async start(parts = ['control', 'a', 'b']) {
      const shared = {
        connection: options.connection,
        namespace: options.client.options.namespace,
        maxHeartbeatThrottleInterval: 3_000,
        interceptors: { activity: [tells(options.done)] },
      } satisfies Partial<WorkerOptions>;
      const workers = await Promise.all(
        parts.flatMap((part) =>
          part === 'control'
            ? [
                Worker.create({
                  ...shared,
                  ...options.workflows,
                  taskQueue: CONTROL_QUEUE,
                  activities: { loadPlan: activities.control.loadPlan, ...options.extraActivities },
                }),
                Worker.create({ ...shared, taskQueue: pairQueue(planned.pair), activities: activities.control }),
              ]
            : [Worker.create({ ...shared, taskQueue: siteQueue(planned.pair, part), activities: activities[part] })],
        ),
      );
      const running = Promise.all(workers.map((worker) => worker.run()));
      return {
        async stop() {
          for (const worker of workers) worker.shutdown();
          await running;
        },
      };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const doorRedirect = (door: { leadsTo: string }): Redirect => ({
  kind: 'command',
  name: 'door',
  readsBack: true,
  read: async () => door.leadsTo,
  async move(_signal, to) {
    door.leadsTo = to;
    return 'moved';
  },
  check: async () => [],
});

const doorCheck = (door: { leadsTo: string }) => ({
  kind: 'http',
  name: 'door',
  run: async (_signal: AbortSignal, expected: { readonly site: string }) => ({
    ok: door.leadsTo === expected.site,
    saw: `the door leads to ${door.leadsTo}`,
  }),
});

function planFor({ name, plan }: InstantPairOptions): Plan {
  return {
    pair: name,
    digest: 'd1'.padEnd(64, '0'),
    sites: ['a', 'b'],
    active: 'a',
    components: [
      {
        name: 'app',
        kind: 'instant',
        notPromised: [],
        // biome-ignore lint/suspicious/noThenProperty: a key of the plan, and never a function.
        drain: { limit: 200, then: 'ask' },
        jobs: 'ask',
        deletions: 'report',
      },
    ],
    approvals: { planned: ['start', 'cutover'], unplanned: ['start', 'cutover'], approvers: [], validFor: 900_000 },
    freeze: { max: 900_000, frontDoor: false },
    redirects: [{ kind: 'command', name: 'door' }],
    checks: [{ kind: 'http', name: 'door', tells: true }],
    fences: {
      a: [{ kind: 'services', name: 'services', at: 'site' }],
      b: [{ kind: 'services', name: 'services', at: 'site' }],
    },
    hooks: [],
    keep: { last: 10, hourly: 24, daily: 14, weekly: 8 },
    targets: { rpo: 3_600_000, rto: 3_600_000 },
    schedule: { every: 900_000, catchUp: 600_000 },
    clients: 'http://door.example',
    ui: 'http://127.0.0.1:8233',
    namespace: 'default',
    ...plan,
  };
}

const tells =
  (done: InstantPairOptions['done']): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } finally {
          done?.(info.activityType);
        }
      },
    },
  });
