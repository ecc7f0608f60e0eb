import type { Basics } from '../basics.ts';
import { HttpError } from './reply.ts';
import type { Request } from './router.ts';

export interface Page<T> {
  offset: number;
  limit: number;
  totalCount: number;
  items: T[];
}

export const PAGING = ['limit', 'offset'] as const;
const V4_LIMIT = 100;
const V4_MOST = 1000;

/** v3: without limit and offset, or with both -1, everything; one of them alone is refused, as is any other negative. */
export function pageV3<T>(site: Basics, request: Request, items: readonly T[]): Page<T> {
  const limit = number(request, 'limit', 422);
  const offset = number(request, 'offset', 422);
  if ((limit === undefined) !== (offset === undefined) || (limit === -1) !== (offset === -1)) {
    throw new HttpError(422, 'The parameters limit and offset must be given together.');
  }
  if ((limit ?? 0) < -1 || (offset ?? 0) < -1) throw new HttpError(422, 'limit and offset must not be negative.');
  return cut(site, request, items, limit ?? -1, offset ?? -1);
}

/** v4: pages of 100 by default. */
export function pageV4<T>(site: Basics, request: Request, items: readonly T[]): Page<T> {
  const limit = number(request, 'limit', 400) ?? V4_LIMIT;
  const offset = number(request, 'offset', 400) ?? 0;
  if (limit < 1 || limit > V4_MOST || offset < 0) throw new HttpError(400, 'limit or offset is out of range.');
  return cut(site, request, items, limit, offset);
}

function number(request: Request, name: string, status: number): number | undefined {
  const value = request.query.get(name);
  if (value === null) return undefined;
  if (!/^-?\d+$/.test(value)) throw new HttpError(status, `The parameter ${name} must be a number.`);
  return Number(value);
}

function cut<T>(site: Basics, request: Request, all: readonly T[], limit: number, offset: number): Page<T> {
  const fault = site.faults.hit('incompleteList', request.method, request.path, `${request.query}`);
  const items = fault === undefined ? all : all.slice(0, Math.max(0, all.length - fault.missing));
  const from = Math.max(0, offset);
  const most = Math.min(limit === -1 ? items.length : limit, site.faults.get('pageLimit') ?? Number.MAX_SAFE_INTEGER);
  const totalCount = fault?.how === 'short' ? all.length : items.length;
  return { offset, limit, totalCount, items: items.slice(from, from + most) };
}
