import { failure } from '../../failure.ts';
import type { Parts } from './context.ts';
import { hasStatus } from './problem.ts';

const noApi = (canary: string): string => `connection ${canary}: this build has no API to read it`;

/**
 * Reads the canary connection, whose secret parts must be decrypted for it: with another encryption key a restore may
 * succeed and leave connections that nobody can use. Fails with `Refused` when it cannot be read; returns what was seen.
 */
export async function requireCanary(parts: Parts, signal: AbortSignal): Promise<string | undefined> {
  const { canary } = parts.config;
  if (canary === undefined) return undefined;
  const { api } = await parts.flow(signal);
  try {
    const seen = await api.items.connection(canary, signal);
    return seen === undefined ? noApi(canary) : `connection ${canary} is readable`;
  } catch (error) {
    if (hasStatus(error, 404) && (await api.items.items('connections', signal)) === undefined) return noApi(canary);
    if (hasStatus(error, 404))
      throw failure(
        'Refused',
        `the canary connection "${canary}" does not exist at ${parts.context.site}. Make it at the active; a sync brings it here`,
        error,
      );
    if (!hasStatus(error, 500, 422, 400)) throw error;
    parts.found.note('otherKey', 'restores, but connections are not readable');
    throw failure(
      'Refused',
      `the canary connection "${canary}" cannot be read at ${parts.context.site}: its encryption key differs from the active's. ` +
        'Download the key at the active (System Configuration, Encryption), upload it here, and sync again',
      error,
    );
  }
}
