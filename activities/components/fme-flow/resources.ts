import { PACKAGED_RESOURCES } from '../../../model/config/components.ts';
import type { SharedResource } from './api.ts';
import type { Parts } from './context.ts';

/** Of this installation alone, and in no package: backups, logs, temporary files, the server's own. */
const OWN = [
  'FME_SHAREDRESOURCE_BACKUP',
  'FME_SHAREDRESOURCE_LOG',
  'FME_SHAREDRESOURCE_TEMP',
  'FME_SHAREDRESOURCE_SYSTEM',
];

/** What becomes of the files of a shared resource. */
export type Coverage = 'package' | 'own' | 'external' | 'ignored' | 'undeclared' | { readonly component: string };

/** The configuration says it for what is not in the package; the server, or what an installation has by default, for the rest. */
export function coverageOf(parts: Parts, resource: SharedResource): Coverage {
  const declared = parts.config.resources[resource.name];
  if (declared !== undefined) return typeof declared === 'string' ? declared : { component: declared.component };
  if (OWN.includes(resource.name) || resource.name === parts.config.resource) return 'own';
  return isPackaged(resource) ? 'package' : 'undeclared';
}

/** Whether the server puts the files of this resource into a package, whatever our configuration says of it. */
export function isPackaged(resource: SharedResource): boolean {
  return resource.type === 'FILE' && (resource.migratable ?? PACKAGED_RESOURCES.includes(resource.name));
}

/** Names of the shared resources whose files travel in the package; `complete` is false when the server may have more. */
export async function packagedResources(
  parts: Parts,
  signal: AbortSignal,
): Promise<{ readonly names: readonly string[]; readonly complete: boolean }> {
  const { api } = await parts.flow(signal);
  const { items, complete } = await api.resources.resources(signal);
  const names = items.filter((resource) => coverageOf(parts, resource) === 'package').map((resource) => resource.name);
  return { names, complete };
}
