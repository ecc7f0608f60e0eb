import { z } from 'zod';
import { createToken, tokensFor, userOf } from '../api/accounts.ts';
import { notificationRoutes } from '../api/notifications.ts';
import { readJsonBody } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import type { Token, User } from '../state/items.ts';

const BASE = '/fmeapiv4';
const MONTH = 2_592_000;

const tokenBody = z.strictObject({
  name: z.string().min(1),
  description: z.string().default(''),
  enabled: z.boolean().default(true),
  customPermissions: z.boolean().default(false),
  secondsToExpiry: z.number().int().positive().default(MONTH),
});

function tokenWire(site: Site, token: Token, secret: boolean) {
  const seconds = Math.floor((Date.parse(token.expiration) - site.now().getTime()) / 1000);
  return {
    name: token.name,
    description: token.description,
    owner: token.user,
    type: token.type,
    customPermissions: token.restricted,
    enabled: token.enabled,
    created: token.created,
    updated: token.updated,
    secondsToExpiry: Math.max(0, seconds),
    expiration: token.expiration,
    ...(secret ? { token: token.token } : {}),
  };
}

function accountWire(user: User) {
  const { id, name, fullName, email, enabled, type } = user;
  const isSuperUser = user.roles.includes('fmesuperuser');
  return { id, name, fullName, email, isSuperUser, enabled, sharingEnabled: true, type, password: null };
}

/** Accounts, roles, tokens, queues, services and notifications in REST v4. The last three paths are assumed. */
export function securityV4(site: Site): Route[] {
  const when = (part: string) => v4From(site, part);
  const accounts = { access: 'admin', when: when('accounts') } as const;
  return [
    route('GET', `${BASE}/accounts`, { ...accounts, query: [...PAGING, 'summary'] }, (request) => {
      const page = pageV4(site, request, site.store.list('users'));
      return json(200, { ...page, items: page.items.map(accountWire) });
    }),
    route('GET', `${BASE}/accounts/{name}`, accounts, ({ params }) =>
      json(200, accountWire(userOf(site, params.name))),
    ),
    route('GET', `${BASE}/roles`, { ...accounts, query: PAGING }, (request) =>
      json(200, pageV4(site, request, site.store.list('roles'))),
    ),
    route('POST', `${BASE}/tokens`, { when: when('tokens'), consumes: 'json' }, async ({ raw, caller }) => {
      const body = await readJsonBody(raw, tokenBody, 400);
      const { customPermissions: restricted, secondsToExpiry: seconds, ...rest } = body;
      const token = await createToken(site, caller, { ...rest, user: caller.name, restricted, seconds });
      return json(201, tokenWire(site, token, true));
    }),
    route('GET', `${BASE}/tokens`, { when: when('tokens'), query: PAGING }, (request) => {
      const page = pageV4(site, request, tokensFor(site, request.caller));
      return json(200, { ...page, items: page.items.map((token) => tokenWire(site, token, false)) });
    }),
    route('DELETE', `${BASE}/tokens/{name}`, { when: when('tokens') }, async ({ params, caller }) => {
      if (!site.store.remove('tokens', `${caller.name}/${params.name}`)) {
        throw new HttpError(404, `The token "${params.name}" does not exist.`);
      }
      await site.store.flush();
      return empty();
    }),
    route('GET', `${BASE}/queues`, { when: when('queues'), query: PAGING }, (request) =>
      json(200, pageV4(site, request, site.store.list('queues'))),
    ),
    route('GET', `${BASE}/services`, { when: when('services'), access: 'admin', query: PAGING }, (request) =>
      json(200, pageV4(site, request, site.store.list('services'))),
    ),
    ...notificationRoutes(site, `${BASE}/notifications`, {
      when: when('notifications'),
      query: PAGING,
      wrong: 400,
      list: (request, items) => json(200, pageV4(site, request, items)),
    }),
  ];
}
