import type { IncomingMessage } from 'node:http';
import type { Reply } from './reply.ts';

/** How a request's body must be: its content type is checked before the handler runs. */
export type Consumes = 'nothing' | 'json' | 'form' | 'bytes' | 'multipart' | 'multipart-or-bytes' | 'anything';

/** `none`: no login. `user`: any valid one. `admin`: an administrator's unrestricted token or password. */
export type Access = 'none' | 'user' | 'admin';

export interface Caller {
  name: string;
  id: string;
  admin: boolean;
}

export interface Request {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly caller: Caller;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Segments; `{name}` takes one, a last `{name*}` takes the rest, empty included. */
  pattern: string;
  access: Access;
  consumes: Consumes;
  /** Query parameters it knows; any other is refused. */
  query: readonly string[] | 'any';
  /** The route exists only while this holds. */
  when?: (() => boolean) | undefined;
  handle(request: Request): Promise<Reply> | Reply;
}

export type RouteOptions = Partial<Pick<Route, 'access' | 'consumes' | 'query' | 'when'>>;

/** Describes a route; by default any valid login, no body, no query parameter. */
export function route(method: Route['method'], pattern: string, options: RouteOptions, handle: Route['handle']): Route {
  return { access: 'user', consumes: 'nothing', query: [], ...options, method, pattern, handle };
}

export type Found =
  | { found: 'route'; route: Route; params: Record<string, string> }
  | { found: 'other-method'; allowed: string[] }
  | { found: 'nothing' };

/** Finds the route of a request: literal segments win over parameters, which win over a rest. */
export function findRoute(routes: readonly Route[], method: string, path: string): Found {
  const allowed = new Set<string>();
  let best: { route: Route; params: Record<string, string>; rank: string } | undefined;
  for (const candidate of routes) {
    if (candidate.when !== undefined && !candidate.when()) continue;
    const matched = match(candidate.pattern, path);
    if (matched === undefined) continue;
    allowed.add(candidate.method);
    if (candidate.method !== method) continue;
    if (best === undefined || matched.rank < best.rank) best = { route: candidate, ...matched };
  }
  if (best !== undefined) return { found: 'route', route: best.route, params: best.params };
  return allowed.size > 0 ? { found: 'other-method', allowed: [...allowed] } : { found: 'nothing' };
}

function match(pattern: string, path: string): { params: Record<string, string>; rank: string } | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const params: Record<string, string> = {};
  let rank = '';
  for (const [index, segment] of wanted.entries()) {
    if (segment.endsWith('*}')) {
      params[segment.slice(1, -2)] = given.slice(index).map(decode).join('/');
      return { params, rank: `${rank}2` };
    }
    const actual = given[index];
    if (actual === undefined) return undefined;
    if (segment.startsWith('{')) {
      if (actual === '') return undefined;
      params[segment.slice(1, -1)] = decode(actual);
      rank += '1';
    } else if (segment === actual) {
      rank += '0';
    } else {
      return undefined;
    }
  }
  return given.length === wanted.length ? { params, rank } : undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
