import type { IncomingMessage } from 'node:http';
import type { Basics } from '../basics.ts';
import type { Token, User } from '../state/items.ts';
import { HttpError } from './reply.ts';
import type { Access, Caller } from './router.ts';

const NOBODY: Caller = { name: '', id: '', admin: false };
const ADMIN_ROLES = ['fmeadmin', 'fmesuperuser'];

/** The user a request speaks for; throws 401 without a valid login and 403 when the login may not do this. */
export function authenticate(site: Basics, request: IncomingMessage, query: URLSearchParams, access: Access): Caller {
  const caller = identify(site, request, query);
  if (access === 'none') return caller ?? NOBODY;
  if (caller === undefined) throw new HttpError(401, 'Authentication failed.');
  if (access === 'admin' && !caller.admin) throw new HttpError(403, 'You do not have permission to do this.');
  return caller;
}

function identify(site: Basics, request: IncomingMessage, query: URLSearchParams): Caller | undefined {
  const header = request.headers.authorization ?? '';
  const inUrl = request.url?.startsWith('/fmerest/v3/') === true ? query.get('fmetoken') : null;
  const token = /^fmetoken token=(.+)$/i.exec(header)?.[1] ?? inUrl ?? undefined;
  if (token !== undefined) return byToken(site, token);
  const basic = /^basic (.+)$/i.exec(header)?.[1];
  if (basic === undefined) return undefined;
  const [name, ...password] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return byPassword(site, name ?? '', password.join(':'));
}

function byToken(site: Basics, value: string): Caller | undefined {
  const token = site.store.list('tokens').find((each) => each.token === value);
  if (token === undefined || !valid(site, token)) return undefined;
  const user = site.store.get('users', token.user);
  return user?.enabled === true ? asCaller(user, token.restricted) : undefined;
}

function valid(site: Basics, token: Token): boolean {
  if (!token.enabled || site.faults.get('tokenExpired') === true) return false;
  return Date.parse(token.expiration) > site.now().getTime();
}

/** The user with this name and password, for basic authentication and the token service. */
export function byPassword(site: Basics, name: string, password: string): Caller | undefined {
  const user = site.store.get('users', name);
  if (user === undefined || !user.enabled || user.password !== password) return undefined;
  return asCaller(user, false);
}

function asCaller(user: User, restricted: boolean): Caller {
  const admin = !restricted && user.roles.some((role) => ADMIN_ROLES.includes(role));
  return { name: user.name, id: user.id, admin };
}
