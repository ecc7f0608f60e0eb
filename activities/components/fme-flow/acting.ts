import { failure } from '../../failure.ts';
import type { ActingApi, ActingItem } from './api.ts';
import { type Acting, VERBS, type Verb } from './facts.ts';
import { defined, type Record_, text, truth } from './fields.ts';
import { type FlowHttp, pathOf, type Query } from './http.ts';
import { readAll } from './paging.ts';
import { hasStatus } from './problem.ts';

/** Statuses by which a server says that it has no such way, or that the way wants something else. */
const NO_SUCH_WAY = [400, 404, 405, 406, 409, 415, 422, 501];

/**
 * What acts by itself, listed and switched in one version of the API. Which way of switching is right is not known
 * beforehand: `set` only says whether the server took the request.
 */
export function createActing(
  http: FlowHttp,
  options: {
    readonly version: 'v3' | 'v4';
    /** Where each kind may be, most likely first. */
    readonly paths: Readonly<Record<Acting, readonly string[]>>;
    readonly first: Query;
    readonly query?: Partial<Readonly<Record<Acting, Query>>>;
  },
): ActingApi {
  const right = new Map<Acting, string>();
  const pathOfItem = (kind: Acting, item: ActingItem): string =>
    pathOf(right.get(kind) ?? options.paths[kind][0] ?? '', ...item.address);

  return {
    version: () => options.version,
    async acting(kind, signal) {
      for (const path of options.paths[kind]) {
        const query = options.query?.[kind];
        const list = await readAll(http, path, { signal, first: options.first, ...(query ? { query } : {}) });
        if (list === undefined) continue;
        right.set(kind, path);
        return { items: list.items.map((item) => actingItem(kind, item)), complete: list.complete };
      }
      return undefined;
    },
    async set(kind, item, enabled, verb, signal) {
      const path = pathOfItem(kind, item);
      try {
        await switchBy(http, verb, path, item, enabled, signal);
        return true;
      } catch (error) {
        if (hasStatus(error, ...NO_SUCH_WAY)) return false;
        throw error;
      }
    },
  };
}

async function switchBy(
  http: FlowHttp,
  verb: Verb,
  path: string,
  item: ActingItem,
  enabled: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { method, on, off } = VERBS[verb];
  switch (verb) {
    case 'post-verb':
    case 'post-start':
      await http.call(method, `${path}/${enabled ? on : off}`, { signal, repeatable: true });
      return;
    case 'put-enabled':
      await http.call(method, `${path}/${on}`, { signal, form: { value: String(enabled) } });
      return;
    case 'patch':
      await http.call(method, path, { signal, json: { enabled }, repeatable: true });
      return;
    case 'put-object': {
      // The whole object, read right before: a list may hold a shorter one.
      const whole = await http.call('GET', path, { signal }).then(
        (answer) => answer.json<Record_>(),
        (error: unknown) => {
          if (hasStatus(error, 404, 405)) return item.raw;
          throw error;
        },
      );
      await http.call(method, path, { signal, json: { ...whole, enabled } });
    }
  }
}

function actingItem(kind: Acting, raw: Record_): ActingItem {
  const name = text(raw, 'name');
  if (name === undefined) throw failure('Unavailable', `the list of ${kind} has an item without a name`);
  const enabled = truth(raw, 'enabled') ?? byStatus(text(raw, 'status', 'state'));
  const category = text(raw, 'category') ?? '';
  const id = text(raw, 'id') ?? name;
  return defined({
    name: kind === 'schedules' ? `${category}/${name}` : name,
    address: kind === 'schedules' ? [category, name] : [kind === 'publications' ? name : id],
    enabled,
    raw,
  });
}

function byStatus(status: string | undefined): boolean | undefined {
  if (status === undefined) return undefined;
  if (/^(running|started|enabled|active)$/i.test(status)) return true;
  return /^(stopped|disabled|paused|inactive)$/i.test(status) ? false : undefined;
}

/** Kind by kind the first version of the API that knows it. */
export function firstActing(apis: readonly ActingApi[]): ActingApi {
  const knows = new Map<Acting, ActingApi>();
  const of = (kind: Acting): ActingApi | undefined => knows.get(kind) ?? apis[0];
  return {
    version: (kind) => of(kind)?.version(kind) ?? 'v4',
    async acting(kind, signal) {
      for (const api of apis) {
        const list = await api.acting(kind, signal);
        if (list === undefined) continue;
        knows.set(kind, api);
        return list;
      }
      return undefined;
    },
    async set(kind, item, enabled, verb, signal) {
      return (await of(kind)?.set(kind, item, enabled, verb, signal)) ?? false;
    },
  };
}
