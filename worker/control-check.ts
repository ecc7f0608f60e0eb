import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LoadedConfig } from '../activities/config/load.ts';
import { words } from '../model/duration.ts';
import type { Finding } from '../model/finding.ts';

/** A front door that answers at all does so within this. */
const PATIENCE_MS = 10_000;
/** Clients that go by name stay at the old site as long as they remember its address. */
const LONG_TTL_S = 300;

/** What control itself sees: doubts about the configuration, and the clients' address with how long it is remembered. */
export async function checkFromControl(
  { config, warnings }: LoadedConfig,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const doubts = warnings.map((says): Finding => ({ level: 'warning', topic: 'configuration', says }));
  const found = await Promise.all([clientsAddress(config.clients.url, signal), timeToLive(config.clients.url)]);
  return [...doubts, ...found.flat()];
}

async function clientsAddress(url: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const topic = 'clients';
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const { status } = await fetch(url, { redirect: 'manual', signal: limit });
    if (status < 500) return [{ level: 'ok', topic, says: `${url} answers (${status})` }];
    const todo = 'see what answers there: a front door that is closed, or that has no site behind it, says so';
    return [{ level: 'warning', topic, says: `${url} answers with ${status}: clients are not served`, todo }];
  } catch (error) {
    signal.throwIfAborted();
    const says = `${url} does not answer: ${reason(error)}`;
    return [{ level: 'warning', topic, says, todo: 'see whether clients reach the active site by this address' }];
  }
}

async function timeToLive(url: string): Promise<readonly Finding[]> {
  const { hostname } = new URL(url);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost') return [];
  const records = await new Resolver({ timeout: 2_000, tries: 1 }).resolve4(hostname, { ttl: true }).catch(() => []);
  const ttl = Math.max(...records.map((record) => record.ttl), 0);
  if (ttl === 0) return [];
  const says = `${hostname} may be remembered for ${words(ttl * 1_000)}, by this resolver's answer`;
  if (ttl <= LONG_TTL_S) return [{ level: 'ok', topic: 'dns-ttl', says }];
  return [
    { level: 'warning', topic: 'dns-ttl', says, todo: 'if clients are moved by DNS, lower the TTL to a minute or so' },
  ];
}

/** `fetch failed` alone helps nobody. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}
