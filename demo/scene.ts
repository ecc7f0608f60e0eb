import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type EmbeddedTemporal, startTemporal } from '../worker/temporal.ts';
import { type Actor, type Cast, compiled, createCast } from './processes.ts';

/** What the demo is played in: a Temporal, two simulated sites, the clients' front door and three workers. */
export interface Scene {
  readonly folder: string;
  readonly config: string;
  readonly temporal: EmbeddedTemporal;
  readonly door: { readonly url: string; readonly desk: string };
  readonly ledger: string;
  readonly sites: Readonly<Record<SiteName, { readonly url: string; readonly machineKey: string }>>;
  readonly token: string;
  readonly cast: Cast;
  machine(site: SiteName): Actor;
  worker(part: Part): Actor;
  /** Starts a worker again after it was killed. */
  startWorker(part: Part): Actor;
  end(): Promise<void>;
}

export type SiteName = 'dc1' | 'dc2';
export type Part = 'control' | SiteName;
export const PAIR = 'orders';

interface Hello {
  readonly url: string;
  readonly machineKey: string;
}

export async function setTheScene(folder: string, say: (line: string) => void): Promise<Scene> {
  const cast = createCast(join(folder, 'logs'));
  const token = randomBytes(20).toString('hex');
  const ledger = join(folder, 'ledger.jsonl');
  await mkdir(join(folder, 'temporal'), { recursive: true });
  const temporal = await startTemporal({ folder: join(folder, 'temporal'), say });

  const machines = new Map<SiteName, Actor>();
  const startMachine = async (site: SiteName): Promise<Hello> => {
    const settings = join(folder, `${site}.settings.json`);
    await writeFile(settings, JSON.stringify({ tokens: [{ name: `understudy-${site}`, token }] }), { mode: 0o600 });
    const state = join(folder, site, 'machine');
    const actor = cast.start(`machine-${site}`, 'demo/simulator/main.js', [
      '--site',
      site,
      '--state',
      state,
      '--settings',
      settings,
      '--ledger',
      ledger,
    ]);
    machines.set(site, actor);
    return actor.hello<Hello>();
  };
  const sites = { dc1: await startMachine('dc1'), dc2: await startMachine('dc2') };
  const door = await cast
    .start('front-door', 'demo/front-door.js', [
      '--site',
      `dc1=${sites.dc1.url}`,
      '--site',
      `dc2=${sites.dc2.url}`,
      '--leads-to',
      'dc1',
    ])
    .hello<{ url: string; desk: string }>();

  const config = join(folder, 'understudy.yaml');
  await writeFile(config, stringify(configuration(folder, sites, door)));
  const workers = new Map<Part, Actor>();
  const environment = {
    FLOW_TOKEN: token,
    VAULT_PASSWORD: randomBytes(12).toString('hex'),
    TEMPORAL_ADDRESS: temporal.address,
  };
  const startWorker = (part: Part): Actor => {
    const name = part === 'control' ? 'control' : `site:${part}`;
    const actor = cast.start(
      `worker-${part}`,
      'client/main.js',
      ['worker', '--config', config, '--part', name],
      environment,
    );
    workers.set(part, actor);
    return actor;
  };
  for (const part of ['control', 'dc1', 'dc2'] as const) startWorker(part);

  const known = <K, V>(map: ReadonlyMap<K, V>, key: K): V => {
    const value = map.get(key);
    if (value === undefined) throw new Error(`${String(key)} was not started`);
    return value;
  };
  return {
    folder,
    config,
    temporal,
    door,
    ledger,
    sites,
    token,
    cast,
    machine: (site) => known(machines, site),
    worker: (part) => known(workers, part),
    startWorker,
    async end() {
      await cast.dismiss();
      await temporal.stop();
    },
  };
}

/** The configuration of the pair: one FME Flow, vaults in local folders, a front door that is moved by HTTP calls. */
function configuration(folder: string, sites: Record<SiteName, Hello>, door: { url: string; desk: string }): object {
  const service = (site: SiteName, verb: string, name: string) => ({
    command: [
      process.execPath,
      compiled('demo/simulator/services.js'),
      verb,
      name,
      '--state',
      join(folder, site, 'machine'),
    ],
  });
  const site = (name: SiteName) => ({
    url: sites[name].url,
    token: { env: 'FLOW_TOKEN' },
    engines: Object.fromEntries(
      ['start', 'stop', 'status', 'disable'].map((verb) => [verb, service(name, verb, 'engines')]),
    ),
    core: Object.fromEntries(['start', 'stop', 'status'].map((verb) => [verb, service(name, verb, 'core')])),
  });
  const place = (name: SiteName) => ({
    state: join(folder, name, 'state'),
    vault: { repository: join(folder, name, 'vault'), password: { env: 'VAULT_PASSWORD' } },
  });
  const desk = (path: string, body: object) => ({ url: `${door.desk}${path}`, body });
  return {
    pair: PAIR,
    active: 'dc1',
    clients: { url: door.url },
    sites: { dc1: place('dc1'), dc2: place('dc2') },
    components: {
      flow: {
        kind: 'fme-flow',
        // biome-ignore lint/suspicious/noThenProperty: a key of the file, and never a function.
        drain: { limit: '20s', then: 'cancel' },
        jobs: 'resubmit',
        smoke: { repository: 'Orders', workspace: 'smoke.fmw', timeout: '30s' },
        sites: { dc1: site('dc1'), dc2: site('dc2') },
      },
    },
    freeze: {
      max: '5m',
      frontDoor: { close: desk('/close', { site: '{site}' }), open: desk('/open', { site: '{site}' }) },
    },
    redirects: [
      {
        kind: 'webhook',
        name: 'front-door',
        move: desk('/move', { to: '{to}' }),
        read: { url: `${door.desk}/leads-to`, method: 'GET' },
      },
    ],
    checks: [
      { kind: 'fme', name: 'rest', component: 'flow', client: 'rest', url: door.url },
      { kind: 'fme', name: 'browser', component: 'flow', client: 'browser', url: door.url },
    ],
    schedule: { every: '1h' },
  };
}
