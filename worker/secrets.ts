import type { LoadedConfig } from '../activities/config/load.ts';
import { neededSecrets } from '../activities/config/needed-secrets.ts';
import { resolveSecret } from '../activities/config/secrets.ts';
import type { Secrets } from './interceptors.ts';
import type { Part } from './parts.ts';

/**
 * The secrets of a part, to keep them out of what is told. Those that a program would have to be asked for are left out:
 * a fault must not start programs.
 */
export function secretsOf({ config }: LoadedConfig, part: Part): Secrets {
  const needed = neededSecrets(config, [part.kind === 'control' ? 'control' : part.site]);
  const cheap = needed.map(({ secret }) => secret).filter((secret) => !('command' in secret));
  return async () => {
    const found = await Promise.allSettled(cheap.map((secret) => resolveSecret(secret)));
    return found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  };
}
