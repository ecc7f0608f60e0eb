import type { Basics } from '../basics.ts';
import type { ItemMap, Kind, Publication, Repository, Subscription, User } from '../state/items.ts';
import type { ImportMode } from './task.ts';

export interface MergeRules {
  importMode: ImportMode;
  projectsImportMode: ImportMode;
  /** Project imports can bring their items in disabled. */
  disableItems: boolean;
}

/** What became of one item. */
export type Merged = 'added' | 'updated' | 'unchanged' | 'merged';

const SECURITY: readonly Kind[] = ['users', 'roles', 'tokens', 'directoryServers'];
const ACTING: readonly Kind[] = ['schedules', 'automations', 'streams'];

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])];
}

/**
 * Merges one item of a package into the site by its name. Nothing is ever deleted; services that exist are never
 * changed; users, roles and tokens that exist are not updated, only role memberships are joined.
 */
export function mergeItem<K extends Kind>(
  site: Basics,
  kind: K,
  key: string,
  incoming: ItemMap[K],
  rules: MergeRules,
): Merged {
  const present = site.store.get(kind, key);
  const unknowns = site.unknowns();
  const item = withState(site, kind, incoming, present, rules);
  if (present === undefined) {
    site.store.put(kind, item);
    return 'added';
  }
  const overwrite = (kind === 'projects' ? rules.projectsImportMode : rules.importMode) === 'UPDATE';
  if (kind === 'services') return 'unchanged';
  if (SECURITY.includes(kind) && !(overwrite && unknowns.securityOnOverwrite === 'updated')) {
    return kind === 'users' ? mergeMembership(site, present as User, incoming as User) : 'unchanged';
  }
  if (kind === 'repositories') {
    return mergeRepository(site, present as Repository, incoming as Repository, overwrite);
  }
  if (!overwrite) return 'unchanged';
  if (kind === 'publications' || kind === 'subscriptions') {
    const topics = union(
      (present as Publication | Subscription).topics,
      (incoming as Publication | Subscription).topics,
    );
    site.store.put(kind, { ...item, topics });
  } else {
    site.store.put(kind, item);
  }
  return 'updated';
}

/** The enabled state an acting item comes back with. */
function withState<K extends Kind>(
  site: Basics,
  kind: K,
  incoming: ItemMap[K],
  present: ItemMap[K] | undefined,
  rules: MergeRules,
): ItemMap[K] {
  if (!ACTING.includes(kind)) return incoming;
  const { restoredState, updateReenables } = site.unknowns();
  const item = incoming as ItemMap[K] & { enabled: boolean };
  if (rules.disableItems) return { ...item, enabled: false };
  if (present !== undefined && updateReenables === 'no') {
    return { ...item, enabled: (present as unknown as { enabled: boolean }).enabled };
  }
  if (restoredState === 'as-in-backup') return item;
  return { ...item, enabled: restoredState === 'enabled' };
}

function mergeMembership(site: Basics, present: User, incoming: User): Merged {
  const roles = union(present.roles, incoming.roles);
  if (roles.length === present.roles.length) return 'unchanged';
  site.store.put('users', { ...present, roles });
  return 'merged';
}

/** Workspaces and other files merge by name inside their repository. */
function mergeRepository(site: Basics, present: Repository, incoming: Repository, overwrite: boolean): Merged {
  const files = overwrite ? { ...present.files, ...incoming.files } : { ...incoming.files, ...present.files };
  const base = overwrite ? incoming : present;
  site.store.put('repositories', { ...base, files });
  return overwrite ? 'updated' : 'merged';
}
