import { join } from 'node:path';
import { compiled } from './processes.ts';

export type SiteName = 'dc1' | 'dc2';
export const PAIR = 'orders';

export interface ConfigurationInput {
  readonly folder: string;
  /** Where Temporal answers: commands that are printed need no environment then. */
  readonly temporal: { readonly address: string; readonly ui: string };
  readonly sites: Readonly<Record<SiteName, { readonly url: string }>>;
  readonly door: { readonly url: string; readonly desk: string };
  /** How the other site reaches a site's vault, where not as a local folder. */
  readonly peerVault?: (site: SiteName) => string;
  readonly freezeMax?: string;
  readonly drainLimit?: string;
}

/** The configuration of the pair: one FME Flow, vaults in local folders, a front door that is moved by HTTP calls. */
export function configuration({
  folder,
  temporal,
  sites,
  door,
  freezeMax = '5m',
  drainLimit = '20s',
  peerVault,
}: ConfigurationInput): object {
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
    vault: {
      repository: join(folder, name, 'vault'),
      password: { env: 'VAULT_PASSWORD' },
      ...(peerVault ? { peer: { repository: peerVault(name) } } : {}),
    },
  });
  const desk = (path: string, body: object) => ({ url: `${door.desk}${path}`, body });
  return {
    pair: PAIR,
    active: 'dc1',
    temporal,
    clients: { url: door.url },
    sites: { dc1: place('dc1'), dc2: place('dc2') },
    components: {
      flow: {
        kind: 'fme-flow',
        // biome-ignore lint/suspicious/noThenProperty: a key of the file, and never a function.
        drain: { limit: drainLimit, then: 'cancel' },
        jobs: 'resubmit',
        smoke: { repository: 'Orders', workspace: 'smoke.fmw', timeout: '30s' },
        sites: { dc1: site('dc1'), dc2: site('dc2') },
      },
    },
    freeze: {
      max: freezeMax,
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
    schedule: { every: '30m' },
  };
}
