import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Basics } from './basics.ts';
import { createFaults, type FaultName, type FaultValues } from './faults.ts';
import { createCoreServer } from './http/server.ts';
import { type LiveSettings, openSettings } from './live-settings.ts';
import { openAdmin } from './machine/admin.ts';
import { createConsolePort } from './machine/console.ts';
import { createServiceManager, type ServiceManager } from './machine/power.ts';
import { type ServiceName, type ServiceStatus, type Verb, writeMachineFile } from './machine/service-file.ts';
import { openMigration } from './migration/migration.ts';
import { allRoutes } from './routes.ts';
import { seed, seedTokens } from './seed.ts';
import type { SettingsInput } from './settings.ts';
import type { Site } from './site.ts';
import { readIdentity } from './state/identity.ts';
import { createFileArea } from './state/resource-files.ts';
import { openStore, type Store } from './state/store.ts';
import { createActors } from './work/actors.ts';
import { createEngines } from './work/engines.ts';
import { openJobs } from './work/jobs.ts';
import { openLedger } from './work/ledger.ts';

export interface SimulatorOptions {
  /** Name of the site, e.g. `north`. */
  site: string;
  /** Folder of its state: what was there before is taken up, as after a restart of the machine. */
  state: string;
  /** 0 or absent: a free one. */
  port?: number;
  /** Build number; decides which API versions and parts are served. */
  build?: number;
  /** File all sites write the executed jobs to; a file in the state folder if absent. */
  ledger?: string;
  settings?: SettingsInput;
  /** A JSON file with settings, over those given; watched while the site runs. */
  settingsFile?: string;
}

/** A running machine with one FME Flow on it. */
export interface Simulator {
  readonly site: string;
  readonly url: string;
  /** Address of the admin side: services, faults, settings. */
  readonly admin: string;
  readonly machineKey: string;
  readonly ledger: string;
  readonly consolePort: number | undefined;
  /** For tests in the same process: the site's items and parts. */
  readonly store: Store;
  readonly parts: Site;
  setFault<Name extends FaultName>(name: Name, value: FaultValues[Name] | null): void;
  /** Changes settings while it runs. */
  set(changes: SettingsInput): void;
  service(verb: Verb, service: ServiceName): Promise<ServiceStatus>;
  /** Shuts the machine down in order. */
  close(): Promise<void>;
  /** Cuts its power: nothing more is written or answered. */
  kill(): Promise<void>;
}

export const DEFAULT_BUILD = 25606;

/** The parts of a site that need nothing running. */
function openBasics(options: SimulatorOptions, folder: string, live: LiveSettings): Basics {
  const faults = createFaults(live.settings().faults);
  const now = (): Date => new Date(Date.now() + (faults.get('clockSkewMs') ?? 0));
  const basics: Basics = {
    name: options.site,
    folder,
    build: options.build ?? DEFAULT_BUILD,
    identity: readIdentity(folder, live.settings().machineKey),
    store: openStore(folder, now),
    resources: createFileArea(join(folder, 'resources')),
    repositories: createFileArea(join(folder, 'repositories')),
    faults,
    settings: live.settings,
    unknowns: live.unknowns,
    now,
    hostName: () => live.settings().hostName ?? `${options.site}.example`,
    licensed() {
      const { licensed, expired } = live.settings().licence;
      return licensed && !expired && faults.get('unlicensed') !== true;
    },
  };
  if (basics.store.fresh) seed(basics);
  seedTokens(basics);
  return basics;
}

/** Jobs, engines, schedules and migration of a site, wired to each other. */
function openSite(basics: Basics, manager: () => ServiceManager, ledgerPath: string, restartCore: () => void): Site {
  const engines = createEngines(basics, () => manager().runs('engines') && manager().runs('core'));
  const jobs = openJobs(basics, engines, openLedger(ledgerPath));
  const actors = createActors(basics, jobs, () => manager().runs('core'));
  const notify = (topic: string): void => {
    actors.publish(topic).catch((cause: unknown) => console.error('A notification failed:', cause));
  };
  jobs.onEnd((job) => {
    for (const topic of (job.state === 'success' ? job.successTopics : job.failureTopics) ?? []) notify(topic);
  });
  const migration = openMigration(basics, {
    enginesRun: engines.running,
    pauseMessages: actors.pauseMessages,
    notify,
    jobHistory: () => jobs.list(),
    restartCore,
  });
  return { ...basics, jobs, engines, actors, migration, enginesRun: engines.running };
}

/** Starts the machine: the core comes up, the engines only if they start with the machine. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const folder = resolve(options.state);
  const ledger = resolve(options.ledger ?? join(folder, 'ledger.jsonl'));
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'scratch'), { recursive: true, force: true });
  const live = openSettings(options.settings ?? {}, options.settingsFile);
  const basics = openBasics(options, folder, live);
  const { faults, store } = basics;
  await store.flush();

  let killed = false;
  const restartCore = async (): Promise<void> => {
    await manager.command('stop', 'core');
    await sleep(live.settings().restartMs);
    if (!killed) await manager.command('start', 'core');
  };
  const site = openSite(
    basics,
    () => manager,
    ledger,
    () => {
      restartCore().catch((cause: unknown) => console.error('The core did not restart:', cause));
    },
  );
  const { jobs, actors, migration } = site;
  const server = createCoreServer(basics, allRoutes(site), options.port ?? 0);
  const { consolePort: wanted } = live.settings();
  const greeting = (): string => `FME Server Console ${basics.hostName()}`;
  const consoleSide = wanted === undefined ? undefined : createConsolePort(wanted, greeting);
  let consolePort: number | undefined;
  const manager: ServiceManager = createServiceManager(folder, live.settings().enginesStartWithMachine, {
    core: {
      async start() {
        await server.open();
        consolePort = await consoleSide?.open();
        actors.start();
        jobs.dispatch();
      },
      async stop() {
        actors.stop();
        await Promise.all([server.shut(), consoleSide?.shut()]);
        await migration.interrupt();
        await jobs.interrupt();
        await store.flush();
      },
    },
    engines: {
      start() {
        if (faults.get('enginesDoNotStart') === true) throw new Error('The engines did not start: error 1068.');
        setImmediate(jobs.dispatch);
      },
      async stop() {
        if (faults.get('enginesDoNotStop') === true) throw new Error('The engines did not stop in time.');
        await jobs.interrupt();
      },
    },
  });

  const setFaults = (values: Record<string, unknown>): FaultValues => {
    for (const [name, value] of Object.entries(values)) faults.set(name as FaultName, value as never);
    jobs.dispatch();
    return faults.all();
  };
  const set = (changes: SettingsInput): void => {
    live.change(changes);
    setFaults(changes.faults ?? {});
  };
  const bootId = randomUUID();
  const admin = await openAdmin({
    bootId,
    service: manager.command,
    faults: faults.all,
    setFaults,
    settings: live.settings,
    setSettings(values) {
      set(values);
      return live.settings();
    },
    facts: () => ({
      site: options.site,
      url: server.url(),
      build: basics.build,
      machineKey: basics.identity.machineKey,
      host: basics.hostName(),
      ledger,
      core: manager.runs('core'),
      engines: manager.runs('engines'),
      startsWithMachine: manager.modes,
    }),
  });
  const unwatch = live.watch(() => setFaults(live.settings().faults));
  // Opened once in any case: the address is known even where the core does not start with the machine.
  await server.open();
  if (!manager.modes.core) await server.shut();
  await manager.boot();
  writeMachineFile(folder, { pid: process.pid, bootId, url: server.url(), admin: admin.url });

  return {
    site: options.site,
    url: server.url(),
    admin: admin.url,
    machineKey: basics.identity.machineKey,
    ledger,
    get consolePort() {
      return consolePort;
    },
    store,
    parts: site,
    setFault: (name, value) => setFaults({ [name]: value }),
    set,
    service: manager.command,
    async close() {
      unwatch();
      await manager.command('stop', 'core');
      manager.off();
      await Promise.all([jobs.flush(), migration.flush(), store.flush()]);
      await jobs.close();
      await admin.close();
    },
    async kill() {
      killed = true;
      unwatch();
      manager.off();
      actors.stop();
      const parts = [store, jobs, migration].map((part) => part.cut());
      await Promise.all([...parts, server.shut(), consoleSide?.shut(), admin.close()]);
    },
  };
}
