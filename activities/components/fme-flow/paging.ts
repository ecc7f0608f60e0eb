import type { FlowHttp, Query } from './http.ts';
import { hasStatus } from './problem.ts';

export interface Page {
  readonly totalCount?: number;
  readonly items?: readonly unknown[];
}

export interface List {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** False when the server counts more items than it gives. */
  readonly complete: boolean;
}

const PAGE = 100;
/** A list that changes all the time while it is read is read this often. */
const READS = 3;

/**
 * Reads a list to its end, whatever size its pages have: a server may give fewer items than were asked for. `first` is the
 * query of the first request: v3 gives everything for -1 and -1. A list whose count changed between two pages is read
 * again. Undefined: there is no such list (404).
 */
export async function readAll(
  http: FlowHttp,
  path: string,
  options: { readonly signal: AbortSignal; readonly query?: Query; readonly first: Query },
): Promise<List | undefined> {
  try {
    for (let read = 1; ; read++) {
      const list = await readOnce(http, path, options);
      if (!list.changed || read >= READS) return { items: list.items, complete: list.complete && !list.changed };
    }
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

async function readOnce(
  http: FlowHttp,
  path: string,
  options: { readonly signal: AbortSignal; readonly query?: Query; readonly first: Query },
): Promise<List & { readonly changed: boolean }> {
  const items: Readonly<Record<string, unknown>>[] = [];
  let total: number | undefined;
  for (;;) {
    const paging: Query = items.length === 0 ? options.first : { limit: PAGE, offset: items.length };
    const answer = await http.call('GET', path, { signal: options.signal, query: { ...options.query, ...paging } });
    const body = answer.json<Page | readonly unknown[]>();
    // Some v3 lists are a bare array, with everything in it.
    if (Array.isArray(body)) return { items: body as never, complete: true, changed: false };
    const { items: page = [], totalCount } = body as Page;
    if (total !== undefined && totalCount !== undefined && totalCount !== total)
      return { items: [...items, ...(page as never[])], complete: false, changed: true };
    total = totalCount ?? total;
    items.push(...(page as Readonly<Record<string, unknown>>[]));
    if (total === undefined) {
      if (page.length < PAGE) return { items, complete: true, changed: false };
    } else if (items.length >= total || page.length === 0) {
      return { items, complete: items.length >= total, changed: false };
    }
    if (page.length === 0) return { items, complete: true, changed: false };
  }
}

/** v3: everything at once. */
export const V3_FIRST: Query = { limit: -1, offset: -1 };
export const V4_FIRST: Query = { limit: PAGE, offset: 0 };
