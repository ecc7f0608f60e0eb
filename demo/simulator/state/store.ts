import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, replaceFile } from './files.ts';
import { type ItemMap, KINDS, type Kind, keyOf } from './items.ts';
import { createSaver } from './saver.ts';

/** A stored item with the time of its last change, which packages may carry. */
interface Stored<T> {
  item: T;
  changed: string;
}

/** The site's configuration, in memory and on disk: what a backup takes and a restore merges into. */
export interface Store {
  /** True when this folder held nothing before: the site has to be seeded. */
  readonly fresh: boolean;
  get<K extends Kind>(kind: K, key: string): ItemMap[K] | undefined;
  list<K extends Kind>(kind: K): ItemMap[K][];
  keys(kind: Kind): string[];
  changedAt(kind: Kind, key: string): Date;
  put<K extends Kind>(kind: K, item: ItemMap[K]): void;
  remove(kind: Kind, key: string): boolean;
  /** Resolves when all changes so far survive a power cut. */
  flush(): Promise<void>;
  cut(): Promise<void>;
}

/** Opens the store in a folder. Items are handed out as copies: only `put` changes the site. */
export function openStore(folder: string, now: () => Date): Store {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'items.json');
  const saved = readJson(path) as Record<string, Record<string, Stored<unknown>>> | undefined;
  const kinds = new Map<Kind, Map<string, Stored<unknown>>>();
  for (const kind of KINDS) kinds.set(kind, new Map(Object.entries(saved?.[kind] ?? {})));

  const of = (kind: Kind): Map<string, Stored<unknown>> => kinds.get(kind) as Map<string, Stored<unknown>>;
  const saver = createSaver(() => {
    const all = Object.fromEntries([...kinds].map(([kind, items]) => [kind, Object.fromEntries(items)]));
    return replaceFile(path, JSON.stringify(all));
  });
  return {
    fresh: saved === undefined,
    get<K extends Kind>(kind: K, key: string) {
      const stored = of(kind).get(key);
      return stored === undefined ? undefined : (structuredClone(stored.item) as ItemMap[K]);
    },
    list<K extends Kind>(kind: K) {
      return [...of(kind)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, stored]) => structuredClone(stored.item) as ItemMap[K]);
    },
    keys: (kind) => [...of(kind).keys()].sort(),
    changedAt: (kind, key) => new Date(of(kind).get(key)?.changed ?? 0),
    put(kind, item) {
      of(kind).set(keyOf(kind, item), { item: structuredClone(item), changed: now().toISOString() });
      saver.touch();
    },
    remove(kind, key) {
      const had = of(kind).delete(key);
      if (had) saver.touch();
      return had;
    },
    flush: saver.flush,
    cut: saver.cut,
  };
}
