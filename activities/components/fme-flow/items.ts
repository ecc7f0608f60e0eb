import type { ItemApi, ItemKind, Listed } from './api.ts';
import type { Acting } from './facts.ts';
import { number, type Record_, text, texts } from './fields.ts';
import { type FlowHttp, pathOf, type Query } from './http.ts';
import { mattersOf, second } from './matters.ts';
import { readAll } from './paging.ts';

/** Where one version of the API has each kind; undefined where it does not offer it. */
export interface ItemPaths {
  readonly lists: Readonly<Record<Exclude<ItemKind, 'workspaces'>, string | undefined>>;
  /** Where the acting kinds are deleted. */
  readonly acting: Readonly<Record<Acting, string>>;
  readonly first: Query;
  workspaces(signal: AbortSignal): Promise<Listed | undefined>;
}

/** Lists and deletes items, in the one version of the API whose paths are given. */
export function createItems(http: FlowHttp, paths: ItemPaths): ItemApi {
  return {
    async items(kind, signal) {
      if (kind === 'workspaces') return paths.workspaces(signal);
      const path = paths.lists[kind];
      const list = path === undefined ? undefined : await readAll(http, path, { signal, first: paths.first });
      return list && { items: list.items.map((raw) => entry(kind, raw)), complete: list.complete };
    },
    async connection(name, signal) {
      const path = paths.lists.connections;
      if (path === undefined) return undefined;
      return (await http.call('GET', pathOf(path, name), { signal })).json();
    },
    async remove(kind, { name, raw }, signal) {
      const item = raw as Record_;
      const path = await addressOf(paths, kind, name, item);
      await http.call('DELETE', path, { signal, expect: [200, 202, 204, 404] });
    },
  };
}

async function addressOf(paths: ItemPaths, kind: ItemKind | Acting, name: string, raw: Record_): Promise<string> {
  if (kind === 'workspaces') {
    const repository = text(raw, 'repositoryName') ?? name.slice(0, name.indexOf('/'));
    return pathOf(paths.lists.repositories ?? '', repository, 'items', text(raw, 'name') ?? '');
  }
  if (kind === 'schedules') return pathOf(paths.acting.schedules, text(raw, 'category') ?? '', text(raw, 'name') ?? '');
  if (kind === 'automations' || kind === 'streams') return pathOf(paths.acting[kind], text(raw, 'id') ?? name);
  if (kind === 'publications') return pathOf(paths.acting.publications, name);
  return pathOf(paths.lists[kind] ?? '', name);
}

function entry(kind: Exclude<ItemKind, 'workspaces'>, raw: Record_): Listed['items'][number] {
  const name = text(raw, 'name') ?? '?';
  switch (kind) {
    // By name alone: what is in a connection is encrypted, and reading it may show a secret.
    case 'connections':
      return { name, matters: {}, raw };
    case 'repositories':
      return { name, matters: { description: text(raw, 'description') || undefined }, raw };
    case 'tokens': {
      const user = text(raw, 'user', 'owner') ?? '';
      return { name: `${user}/${name}`, matters: { restricted: raw.restricted ?? raw.customPermissions }, raw };
    }
    case 'users':
      return { name, matters: { fullName: raw.fullName, email: raw.email, type: raw.type, enabled: raw.enabled }, raw };
    case 'queues':
      return { name, matters: { description: text(raw, 'description') || undefined, priority: raw.priority }, raw };
    case 'services':
      return { name, matters: { ...mattersOf(raw), url: raw.url }, raw };
    // A restore joins what a subscription or publication is registered to: see `registrations`.
    case 'subscriptions':
      return { name, matters: mattersOf(raw, ['topics']), raw };
    default:
      return { name, matters: mattersOf(raw), raw };
  }
}

/** A workspace, which both versions describe alike. Its time is that of its content, not that of its publishing. */
export function workspaceEntry(raw: Record_): Listed['items'][number] {
  const repository = text(raw, 'repositoryName') ?? '';
  return {
    name: `${repository}/${text(raw, 'name') ?? '?'}`,
    matters: { bytes: number(raw, 'totalFileSize'), saved: second(text(raw, 'lastSaveDate')) },
    raw,
  };
}

/** Which topics a publication or subscription is registered to, as names of their own. */
export const registrations = (name: string, raw: Record_): readonly string[] =>
  texts(raw.topics).map((topic) => `${name} → ${topic}`);
