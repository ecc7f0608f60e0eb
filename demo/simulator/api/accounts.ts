import { randomBytes } from 'node:crypto';
import { HttpError } from '../http/reply.ts';
import type { Caller } from '../http/router.ts';
import type { Site } from '../site.ts';
import { type Token, tokenKey, type User } from '../state/items.ts';

export interface NewToken {
  name: string;
  user: string;
  description: string;
  enabled: boolean;
  restricted: boolean;
  seconds: number;
}

/** Makes a token; a user may hold only one of a name. */
export async function createToken(site: Site, caller: Caller, wanted: NewToken): Promise<Token> {
  if (wanted.user !== caller.name && !caller.admin)
    throw new HttpError(403, 'You cannot make a token for another user.');
  if (site.store.get('users', wanted.user) === undefined)
    throw new HttpError(422, `There is no user "${wanted.user}".`);
  if (site.store.get('tokens', tokenKey(wanted)) !== undefined) {
    throw new HttpError(409, `The token "${wanted.name}" exists already.`);
  }
  const { seconds, ...fields } = wanted;
  const now = site.now();
  const token: Token = {
    ...fields,
    type: 'USER',
    created: now.toISOString(),
    updated: now.toISOString(),
    expiration: new Date(now.getTime() + seconds * 1000).toISOString(),
    token: randomBytes(20).toString('hex'),
  };
  site.store.put('tokens', token);
  await site.store.flush();
  return token;
}

/** Tokens a caller may see: all for an administrator, else the own ones. Their secret is shown only when they are made. */
export function tokensFor(site: Site, caller: Caller): Token[] {
  return site.store.list('tokens').filter((token) => caller.admin || token.user === caller.name);
}

export function userOf(site: Site, name: string | undefined): User {
  const user = site.store.get('users', name ?? '');
  if (user === undefined) throw new HttpError(404, `There is no user "${name}".`);
  return user;
}
