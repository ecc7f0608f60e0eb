import type { ComponentConfig } from '../../model/config.ts';
import type { Plan, PlannedComponent } from '../../model/plan.ts';
import { digestOf } from './digest.ts';
import { drainOf } from './drain.ts';
import { hookIds } from './hook-ids.ts';
import type { LoadedConfig } from './load.ts';
import { tellsSite } from './tells-site.ts';

/** Where the web UI of an embedded Temporal, or of a dev server, is found by default. */
const LOCAL_UI = 'http://127.0.0.1:8233';

/** What the connection to Temporal turned out to be, where the file leaves it open. */
export interface PlanOptions {
  readonly namespace?: string;
  readonly ui?: string;
}

/**
 * What a run is planned with. Holds neither secrets nor where they are found, no commands and no addresses but the one of
 * the clients. `notPromised` are each component's own words about what it cannot promise.
 */
export function planOf(
  loaded: LoadedConfig,
  notPromised: Readonly<Record<string, readonly string[]>>,
  options: PlanOptions = {},
): Plan {
  const { config, digest } = loaded;
  const sites = Object.keys(config.sites).sort();
  const ids = hookIds(config.hooks);
  const named = ({ kind, name }: { readonly kind: string; readonly name: string }) => ({ kind, name });
  return {
    pair: config.pair,
    digest,
    places: placesOf(loaded),
    sites,
    active: config.active,
    components: Object.entries(config.components).map(([name, component]) =>
      planned(name, component, notPromised[name] ?? []),
    ),
    approvals: config.approvals,
    freeze: { max: config.freeze.max, frontDoor: config.freeze.frontDoor !== undefined },
    redirects: config.redirects.map(named),
    checks: config.checks.map((check) => ({ ...named(check), tells: tellsSite(check, config) })),
    fences: Object.fromEntries(sites.map((site) => [site, fencesOf(loaded, site)])),
    hooks: config.hooks.map(({ step, when, at, abortOnFailure }, index) => ({
      ...{ id: ids[index] ?? '', step, when, at, abortOnFailure },
    })),
    keep: config.keep,
    targets: config.targets,
    schedule: config.schedule,
    clients: config.clients.url,
    ui: config.temporal.ui ?? options.ui ?? LOCAL_UI,
    namespace: config.temporal.namespace ?? options.namespace ?? 'default',
  };
}

/** Addresses without secrets and without how they are reached: those may be mended while a run waits for it. */
function placesOf({ config }: LoadedConfig): string {
  const each = <From, To>(all: Readonly<Record<string, From>>, to: (one: From) => To) =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, to(one)]));
  return digestOf({
    vaults: each(config.sites, ({ vault }) => [vault.repository, vault.peer?.repository]),
    installations: each(config.components, ({ kind, sites }) => ({
      kind,
      sites: each<object, unknown>(sites, (at) => ('url' in at ? at.url : 'path' in at ? at.path : null)),
    })),
  });
}

function planned(name: string, component: ComponentConfig, notPromised: readonly string[]): PlannedComponent {
  // Only fme-flow merges, and can have jobs run again without being asked; the others replace what they restore.
  const { jobs, deletions } =
    component.kind === 'fme-flow' ? component : ({ jobs: 'ask', deletions: 'report' } as const);
  const drain = drainOf(component);
  return { name, kind: component.kind, notPromised: [...notPromised], drain, jobs, deletions };
}

/** `services` is run at the site itself; a manual fence is asked for by the run, from control. */
function fencesOf(loaded: LoadedConfig, site: string): Plan['fences'][string] {
  return (loaded.config.sites[site]?.fences ?? []).map((fence) => {
    if (fence.kind === 'services') return { kind: fence.kind, name: 'services', at: 'site' };
    return { kind: fence.kind, name: fence.name, at: fence.kind === 'manual' ? 'control' : fence.at };
  });
}
