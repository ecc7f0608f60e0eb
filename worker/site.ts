import { join } from 'node:path';
import type { Logger } from '@temporalio/common';
import { hostAndPort } from '../activities/config/addresses.ts';
import { drainOf } from '../activities/config/drain.ts';
import type { LoadedConfig } from '../activities/config/load.ts';
import { resolveSecret } from '../activities/config/secrets.ts';
import { createFence } from '../activities/fences/kinds.ts';
import { createHooks } from '../activities/hooks.ts';
import { runAction } from '../activities/run/action.ts';
import { type Children, createChildren } from '../activities/run/children.ts';
import { createSiteActivities } from '../activities/site/activities.ts';
import { startGuard } from '../activities/site/guard.ts';
import { createSite, type Site, type SiteDeps } from '../activities/site/site.ts';
import { createStore } from '../activities/site/store.ts';
import { createResticVault } from '../activities/vault/restic-vault.ts';
import type { Action, ComponentConfig, Config, SiteConfig } from '../model/config.ts';
import { siteQueue } from '../model/names.ts';
import { ensureRestic } from '../tools/programs.ts';
import { addressesAt } from './addresses.ts';
import { createAskPair } from './ask-pair.ts';
import type { BuiltPart } from './build-parts.ts';

import { checksOf, componentsAt } from './kinds.ts';
import { logOf } from './log.ts';
import type { TemporalSettings } from './temporal-settings.ts';

/**
 * What one site of the configuration is made of. `restic`: path of the program. `scratch`: where a mere look, which must leave
 * nothing behind, notes its children and keeps what it reads; without it, in the site's state folder.
 */
export function siteOf({ config, digest }: LoadedConfig, name: string, restic: string, scratch?: string): Site {
  const peerSite = otherSite(config, name);
  const own = settingsOf(config, name);
  const peer = settingsOf(config, peerSite);
  const children = createChildren(join(scratch ?? own.state, 'children'));
  const resolve = resolveSecret;
  const components = componentsAt(config, {
    site: name,
    peerSite,
    clients: config.clients.url,
    frontDoor: config.freeze.frontDoor !== undefined,
    resolve,
    children,
    state: own.state,
  });
  return createSite({
    pair: config.pair,
    site: name,
    peerSite,
    store: createStore(own.state),
    children,
    components,
    deletions: byComponent(config, (each) => (each.kind === 'fme-flow' ? each.deletions : 'report')),
    drainLimit: byComponent(config, (each) => drainOf(each).limit),
    vault: createResticVault({
      restic,
      pair: config.pair,
      site: name,
      config: own.vault,
      peerSite,
      peer: peer.vault,
      resolve,
      cacheFolder: join(own.state, 'vault-cache'),
      ...(scratch === undefined ? {} : { scratch: join(scratch, 'vault-cache') }),
      children,
    }),
    fences: own.fences
      .filter((fence) => fence.kind === 'services' || ('at' in fence && fence.at === 'site'))
      .map((fence) => createFence(fence, { pair: config.pair, site: name, components, children })),
    checks: checksOf(config),
    addresses: (site) => addressesAt(config, site),
    ...frontDoorOf(config, name, children),
    runHook: createHooks(config.hooks, children),
    freezeMax: config.freeze.max,
    activeAtFirst: config.active === name,
    configDigest: digest,
    atClientsAddress: Object.entries(addressesAt(config, name))
      .filter(([, address]) => hostAndPort(address) === hostAndPort(config.clients.url))
      .map(([component]) => component),
    now: () => new Date().toISOString(),
  });
}

/** A site's part of a worker: its activities, and its guard for as long as the worker runs. */
export async function buildSite(input: {
  readonly loaded: LoadedConfig;
  readonly temporal: TemporalSettings;
  readonly site: string;
  readonly log: Logger;
}): Promise<BuiltPart> {
  const name = `site:${input.site}`;
  const log = logOf(input.log, name);
  const site = siteOf(input.loaded, input.site, await ensureRestic({ say: (line) => log.info(line) }));
  const tell = (level: 'info' | 'alarm', text: string) => (level === 'alarm' ? log.warn(text) : log.info(text));
  const guard = startGuard(site, tell, undefined, createAskPair(input.temporal, site.pair, site.peerSite));
  return {
    parts: [{ name, taskQueue: siteQueue(site.pair, site.site), activities: createSiteActivities(site) }],
    stop: () => guard.stop(),
  };
}

function otherSite(config: Config, name: string): string {
  const other = Object.keys(config.sites).find((site) => site !== name);
  if (other === undefined) throw new Error(`the configuration has no other site than ${name}`);
  return other;
}

function settingsOf(config: Config, site: string): SiteConfig {
  const settings = config.sites[site];
  if (settings === undefined) throw new Error(`the configuration has no site ${site}`);
  return settings;
}

const byComponent = <T>(config: Config, pick: (component: ComponentConfig) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(config.components).map(([name, component]) => [name, pick(component)]));

/** Closing and opening the clients' way in, with the same request for both; never beside one that a dead worker left running. */
function frontDoorOf({ pair, freeze }: Config, site: string, children: Children): Pick<SiteDeps, 'frontDoor'> {
  const { frontDoor } = freeze;
  if (frontDoor === undefined) return {};
  const run = (action: Action, verb: string) => async (signal: AbortSignal) => {
    await children.endLeftovers();
    await runAction(action, { verb, pair, site }, { signal, children });
  };
  return { frontDoor: { close: run(frontDoor.close, 'close'), open: run(frontDoor.open, 'open') } };
}
