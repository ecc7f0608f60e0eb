import { failure } from '../../failure.ts';
import type { Enabled } from '../component.ts';
import type { Parts } from './context.ts';
import { ACTING, type Acting } from './facts.ts';
import { switchKind } from './verbs.ts';

export interface Held {
  /** Kinds that this server's API cannot hold, with the names that still act. */
  readonly notHeld: Partial<Readonly<Record<Acting, readonly string[]>>>;
  /** How many items were enabled when this began. */
  readonly found: number;
}

/**
 * Disables everything that acts by itself, kind by kind, and reads it back. A kind that could be held and is not fails
 * with `NotYet`.
 */
export async function holdAll(parts: Parts, signal: AbortSignal): Promise<Held> {
  const notHeld: Record<string, readonly string[]> = {};
  let found = 0;
  const stubborn: string[] = [];
  for (const kind of ACTING) {
    const result = await switchKind(parts, kind, () => false, signal);
    found += result.found;
    if (result.noWay) notHeld[kind] = result.left;
    else if (result.left.length > 0) stubborn.push(...result.left.map((name) => `${kind} ${name}`));
  }
  if (stubborn.length > 0)
    throw failure(
      'NotYet',
      `still enabled at ${parts.context.site} although the server took the request: ${list(stubborn)}`,
    );
  return { notHeld, found };
}

/** As `holdAll`, but fails with `Refused` when a kind is not held and not acknowledged in the configuration. */
export async function holdOrRefuse(parts: Parts, signal: AbortSignal): Promise<Held> {
  const held = await holdAll(parts, signal);
  const unacknowledged = ACTING.flatMap((kind) => {
    const names = held.notHeld[kind];
    return names === undefined || parts.config.notHeld.includes(kind) ? [] : [[kind, names] as const];
  });
  if (unacknowledged.length === 0) return held;
  const kinds = unacknowledged.map(([kind]) => kind);
  throw failure(
    'Refused',
    `the API of ${parts.http.url} has no known way to disable its ${kinds.join(' and ')}: ` +
      `${unacknowledged.map(([kind, names]) => `${kind} ${list(names)}`).join('; ')} would act at both sites whenever engines run. ` +
      `Disable them by hand before the backup, or acknowledge it with components.${parts.context.name}.notHeld: [${kinds.join(', ')}]`,
  );
}

/**
 * What acts by itself and is enabled now. Items without such a field are left out: nothing can be done to them. Fails with
 * `Unavailable` when a list is not complete.
 */
export async function readEnabled(parts: Parts, signal: AbortSignal): Promise<Enabled> {
  const flow = await parts.flow(signal);
  const enabled: Record<string, readonly string[]> = {};
  for (const kind of ACTING) {
    const found = await flow.api.acting.acting(kind, signal);
    if (found === undefined) continue;
    if (!found.complete)
      throw failure(
        'Unavailable',
        `${parts.http.url} does not give the whole list of ${kind}: what is enabled is not known`,
      );
    enabled[kind] = found.items
      .filter((item) => item.enabled === true)
      .map((item) => item.name)
      .sort();
  }
  return enabled;
}

/** A list for a message: the first few, and how many more. */
export const list = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
