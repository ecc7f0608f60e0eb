import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { LoadedConfig } from '../activities/config/load.ts';
import { planOf } from '../activities/config/plan.ts';
import { resolveSecret } from '../activities/config/secrets.ts';
import { type ControlDeps, createControlActivities } from '../activities/control/activities.ts';
import { createFence } from '../activities/fences/kinds.ts';
import { createHooks } from '../activities/hooks.ts';
import { createRedirect } from '../activities/redirects/kinds.ts';
import { createChildren } from '../activities/run/children.ts';
import { CONTROL_QUEUE, pairQueue } from '../model/names.ts';
import type { Plan } from '../model/plan.ts';
import { packageRoot } from '../tools/package-root.ts';
import { addressesAt } from './addresses.ts';
import type { BuiltPart } from './build-parts.ts';
import { checkFromControl } from './control-check.ts';
import { keepSearchAttributes } from './keep-search-attributes.ts';
import { checksOf, componentsAt } from './kinds.ts';
import { logOf } from './log.ts';
import type { TemporalSettings } from './temporal-settings.ts';

/** The plan that runs are given: of the configuration, and of what each kind of component cannot promise. */
export function planFor(loaded: LoadedConfig, temporal: TemporalSettings): Plan {
  const { config } = loaded;
  const [site = '', peerSite = ''] = Object.keys(config.sites);
  // Only asked for what it cannot promise: nothing is written and nobody is called.
  const state = join(dirname(loaded.file), '.understudy', config.pair, 'control');
  const components = componentsAt(config, {
    site,
    peerSite,
    clients: config.clients.url,
    frontDoor: config.freeze.frontDoor !== undefined,
    resolve: resolveSecret,
    children: createChildren(join(state, 'children')),
    state,
  });
  const notPromised = Object.fromEntries(Object.entries(components).map(([name, each]) => [name, each.notPromised]));
  const { namespace, ui } = temporal;
  return planOf(loaded, notPromised, { namespace, ...(ui === undefined ? {} : { ui }) });
}

/** What the control part is made of. */
export function controlDeps(loaded: LoadedConfig, temporal: TemporalSettings, client: Client): ControlDeps {
  const { config, file } = loaded;
  const { pair } = config;
  return {
    plan: planFor(loaded, temporal),
    client,
    redirects: Object.fromEntries(
      config.redirects.map((each) => [each.name, createRedirect(each, { pair, sites: Object.keys(config.sites) })]),
    ),
    checks: checksOf(config),
    fences: Object.fromEntries(
      Object.entries(config.sites).map(([site, { fences }]) => [
        site,
        fences
          .filter((fence) => fence.kind === 'manual' || ('at' in fence && fence.at === 'control'))
          .map((fence) => createFence(fence, { pair, site, components: {} })),
      ]),
    ),
    addresses: (site) => addressesAt(config, site),
    runHook: createHooks(config.hooks),
    check: (signal) => checkFromControl(loaded, signal),
    reports: join(dirname(file), 'reports'),
  };
}

/** Control's part of a worker: all workflows, and what is done from outside both sites. */
export async function buildControl(input: {
  readonly loaded: LoadedConfig;
  readonly temporal: TemporalSettings;
  readonly log: Logger;
}): Promise<BuiltPart> {
  const { loaded, temporal } = input;
  // Connects when it is first used, and again whenever Temporal was away.
  const connection = Connection.lazy({ ...temporal.connection });
  const client = new Client({ connection, namespace: temporal.namespace });
  const attributes = keepSearchAttributes(connection, temporal.namespace, logOf(input.log, 'control'));
  const activities = createControlActivities(controlDeps(loaded, temporal, client));
  const { loadPlan } = activities;
  const workflows = { bundle: await builtBundle() };
  return {
    parts: [
      { name: 'control', taskQueue: pairQueue(loaded.config.pair), activities },
      { name: 'control', taskQueue: CONTROL_QUEUE, activities: { loadPlan }, workflows, prepare: attributes.register },
    ],
    async stop() {
      attributes.stop();
      await connection.close();
    },
  };
}

/** What the build made. Without it no workflow runs, and waiting would not help. */
async function builtBundle(): Promise<string> {
  const bundle = join(packageRoot(), 'dist', 'workflow-bundle.js');
  await access(bundle).catch(() => {
    throw new Error(`the workflows are not built: ${bundle} is missing. Build them with: npm run build`);
  });
  return bundle;
}
