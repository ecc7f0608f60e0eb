import type { Projection } from '../../../model/inventory.ts';
import type { Work } from '../component.ts';
import type { ItemKind } from './api.ts';
import type { Parts } from './context.ts';
import { withinCap } from './deletion-cap.ts';
import { ACTING, type Acting } from './facts.ts';
import { readInventory } from './inventory.ts';

/** Kinds that may be deleted, in this order: what refers to others goes first. Never users, roles, tokens or connections. */
const REMOVABLE = [
  'schedules',
  'automations',
  'streams',
  'subscriptions',
  'publications',
  'topics',
  'workspaces',
  'repositories',
  'files',
] as const;
type Removable = (typeof REMOVABLE)[number];

export interface Deletions {
  readonly removed: readonly string[];
  readonly listed: readonly string[];
}

/**
 * What the active does not have any more is deleted here too, or only listed. Deleted only if the configuration says so,
 * for kinds whose lists are complete on both sides, and only within the cap: of a kind that is beyond it all is listed and
 * nothing removed. A kind that is empty at the active is never emptied here.
 */
export async function removeExtras(parts: Parts, work: Work, source: Projection): Promise<Deletions> {
  const target = await readInventory(parts, work.signal);
  const extras = Object.keys(target).flatMap((kind) => {
    const mine = target[kind];
    const theirs = source[kind];
    if (!mine || !theirs) return [];
    return Object.keys(mine)
      .filter((name) => !Object.hasOwn(theirs, name))
      .map((name) => ({ kind, name }));
  });
  const listed = extras.map(label);
  if (parts.config.deletions === 'report') return { removed: [], listed };
  const namesOf = (kind: string): string[] => extras.filter((item) => item.kind === kind).map((item) => item.name);
  const within = withinCap(
    REMOVABLE.filter((kind) => mayShrink(kind, source, target)).map((kind) => ({
      kind,
      has: Object.keys(target[kind] ?? {}).length,
      extra: namesOf(kind).length,
    })),
  );
  const removed: string[] = [];
  for (const kind of REMOVABLE) {
    if (!within.has(kind)) continue;
    const names = namesOf(kind);
    work.progress({ what: `deleting ${names.length} ${kind} that the active does not have` });
    await remove(parts, work, kind, new Set(names));
    removed.push(...names.map((name) => label({ kind, name })));
  }
  return { removed, listed: listed.filter((name) => !removed.includes(name)) };
}

const label = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`;

/** A repository is deleted with its workspaces, so where those may not shrink it stays too. */
function mayShrink(kind: Removable, source: Projection, target: Projection): boolean {
  const known = Boolean(target[kind]) && Object.keys(source[kind] ?? {}).length > 0;
  return known && (kind !== 'repositories' || mayShrink('workspaces', source, target));
}

const isActing = (kind: string): kind is Acting => (ACTING as readonly string[]).includes(kind);

async function remove(parts: Parts, work: Work, kind: Removable, names: ReadonlySet<string>): Promise<void> {
  const { api } = await parts.flow(work.signal);
  if (kind === 'files') {
    for (const name of names) {
      const at = name.indexOf('/');
      await api.resources.remove(name.slice(0, at), name.slice(at + 1), work.signal);
    }
    return;
  }
  const list = isActing(kind)
    ? await api.acting.acting(kind, work.signal)
    : await api.items.items(kind as ItemKind, work.signal);
  for (const item of list?.items ?? []) if (names.has(item.name)) await api.items.remove(kind, item, work.signal);
}
