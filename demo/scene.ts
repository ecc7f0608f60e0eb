import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type EmbeddedTemporal, startTemporal } from '../worker/temporal.ts';
import { type Actor, type Cast, createCast } from './processes.ts';
import { configuration, type SiteName } from './scene-config.ts';
import type { SettingsInput } from './simulator/settings.ts';

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
  /** Starts a machine again after it was killed, at its address and on what its folder holds. */
  startMachine(site: SiteName): Promise<void>;
  worker(part: Part): Actor;
  /** Starts a worker again after it was killed. */
  startWorker(part: Part): Actor;
  end(): Promise<void>;
}

/** What is not as in the demo. */
export interface SceneOptions {
  /** Build of FME Flow at both sites. */
  readonly build?: number;
  /** Settings of both simulators, beside their tokens. */
  readonly settings?: SettingsInput;
  /** More environment of the workers. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How the other site reaches a site's vault, where not as a local folder. */
  readonly peerVault?: (site: SiteName) => string;
  /** How long a freeze lasts that nobody renews. */
  readonly freezeMax?: string;
  /** How long jobs may drain before they are given up. */
  readonly drainLimit?: string;
}

export type Part = 'control' | SiteName;

interface Hello {
  readonly url: string;
  readonly machineKey: string;
}

/** Starts it all; what cannot be started whole is ended. */
export async function setTheScene(
  folder: string,
  say: (line: string) => void,
  options: SceneOptions = {},
): Promise<Scene> {
  const cast = createCast(join(folder, 'logs'));
  await mkdir(join(folder, 'temporal'), { recursive: true });
  const temporal = await startTemporal({ folder: join(folder, 'temporal'), say });
  try {
    return await play(folder, cast, temporal, options);
  } catch (error) {
    await cast.dismiss();
    await temporal.stop();
    throw error;
  }
}

async function play(folder: string, cast: Cast, temporal: EmbeddedTemporal, options: SceneOptions): Promise<Scene> {
  const token = randomBytes(20).toString('hex');
  const ledger = join(folder, 'ledger.jsonl');

  const machines = new Map<SiteName, Actor>();
  const startMachine = async (site: SiteName, port?: string): Promise<Hello> => {
    const settings = join(folder, `${site}.settings.json`);
    const tokens = [{ name: `understudy-${site}`, token }];
    await writeFile(settings, JSON.stringify({ ...options.settings, tokens }), { mode: 0o600 });
    const actor = cast.start(`machine-${site}`, 'demo/simulator/main.js', [
      ...['--site', site, '--state', join(folder, site, 'machine'), '--settings', settings, '--ledger', ledger],
      ...(options.build === undefined ? [] : ['--build', `${options.build}`]),
      ...(port === undefined ? [] : ['--port', port]),
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
  const { address, ui } = temporal;
  await writeFile(config, stringify(configuration({ ...options, folder, temporal: { address, ui }, sites, door })));
  const workers = new Map<Part, Actor>();
  const environment = {
    FLOW_TOKEN: token,
    VAULT_PASSWORD: randomBytes(12).toString('hex'),
    TEMPORAL_ADDRESS: temporal.address,
    ...options.environment,
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
    async startMachine(site) {
      await startMachine(site, new URL(sites[site].url).port);
    },
    worker: (part) => known(workers, part),
    startWorker,
    async end() {
      await cast.dismiss();
      await temporal.stop();
    },
  };
}
