import { failure } from '../../failure.ts';
import type { Enabled } from '../component.ts';
import type { Parts } from './context.ts';
import { ACTING, type Acting } from './facts.ts';
import { list } from './hold.ts';
import { switchKind } from './verbs.ts';

/**
 * Enables exactly this set: what is in it is enabled, whatever else of its kinds is enabled is disabled, and all of it is
 * read back. A kind that this server cannot switch, and that the configuration names as not held, stays as it is. Fails with
 * `NotYet` for what does not change, after everything else was done. Returns what is not there.
 */
export async function release(parts: Parts, set: Enabled, signal: AbortSignal): Promise<readonly string[]> {
  const problems: string[] = [];
  const absent: string[] = [];
  for (const kind of ACTING) {
    const names = new Set(set[kind] ?? []);
    const missing = new Set(names);
    const result = await switchKind(
      parts,
      kind,
      (item) => {
        missing.delete(item.name);
        // Without such a field nothing was held, and nothing is to be released.
        return item.enabled === undefined ? undefined : names.has(item.name);
      },
      signal,
    );
    const acknowledged = result.noWay && parts.config.notHeld.includes(kind);
    if (result.left.length > 0 && !acknowledged) problems.push(`not switched: ${kind} ${list(result.left)}`);
    absent.push(...[...missing].map((name) => `${kind} ${name}`));
  }
  for (const [kind, names] of Object.entries(set)) {
    if (!ACTING.includes(kind as Acting)) absent.push(...names.map((name) => `${kind} ${name}`));
  }
  if (problems.length > 0)
    throw failure(
      'NotYet',
      `${parts.context.name} at ${parts.context.site} is not released whole; ${problems.join('; ')}. Look at it in its web page`,
    );
  return absent;
}
