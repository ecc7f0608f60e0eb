import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from '../model/config.ts';

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** Address, TLS, API key and headers, for a client's connection and a worker's alike. Holds secrets: never shown. */
  readonly connection: ClientConnectConfig['connectionOptions'];
  /** Base address of the Temporal UI, where it is known. */
  readonly ui?: string;
}

/** An embedded Temporal that runs beside the configuration. */
export type Nearby = { readonly address: string; readonly ui: string; readonly namespace: string } | undefined;

/** Temporal's own default. */
const DEFAULT_ADDRESS = 'localhost:7233';

/**
 * Where Temporal is and how to reach it: what `understudy.yaml` says; else Temporal's own means (`TEMPORAL_*`, the
 * profiles of `temporal.toml`, with TLS and API keys); else the embedded one that runs beside the configuration; else
 * `localhost:7233`. TLS and keys always come from Temporal's own means. An empty variable counts as not set.
 */
export function temporalSettings(
  configured: Config['temporal'],
  nearby: Nearby = undefined,
  env?: Readonly<Record<string, string | undefined>>,
): TemporalSettings {
  const found = loadClientConnectConfig({ overrideEnvVars: withoutEmpty(env ?? process.env) });
  const own = configured.address ?? found.connectionOptions.address;
  const address = own ?? nearby?.address ?? DEFAULT_ADDRESS;
  const useNearby = own === undefined || own === nearby?.address;
  const ui = configured.ui ?? (useNearby ? nearby?.ui : undefined);
  return {
    address,
    namespace: configured.namespace ?? found.namespace ?? (useNearby ? nearby?.namespace : undefined) ?? 'default',
    connection: { ...found.connectionOptions, address },
    ...(ui ? { ui } : {}),
  };
}

/** `TEMPORAL_ADDRESS=` is how scripts say that there is none. */
const withoutEmpty = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !(entry[0].startsWith('TEMPORAL_') && entry[1].trim() === ''),
    ),
  );
