import { z } from 'zod';
import { createToken, tokensFor, userOf } from '../api/accounts.ts';
import { notificationRoutes } from '../api/notifications.ts';
import { readJsonBody } from '../http/body.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import type { Site } from '../site.ts';
import { type Token, tokenKey, type User } from '../state/items.ts';

const BASE = '/fmerest/v3';
const MONTH = 2_592_000;

const tokenBody = z.strictObject({
  restricted: z.boolean().default(false),
  name: z.string().min(1),
  description: z.string().default(''),
  expirationTimeout: z.number().int().positive().default(MONTH),
  user: z.string().min(1).optional(),
  enabled: z.boolean().default(true),
});

function tokenWire(token: Token, secret: boolean) {
  return {
    lastSaveDate: token.updated,
    createdDate: token.created,
    restricted: token.restricted,
    name: token.name,
    description: token.description,
    type: token.type,
    user: token.user,
    enabled: token.enabled,
    expirationDate: token.expiration,
    ...(secret ? { token: token.token } : {}),
  };
}

function userWire({ name, fullName, email, enabled, type, roles }: User) {
  return { name, fullName, email, enabled, type, roles };
}

/** Users, roles, tokens, queues, services and notifications in REST v3. The paths of queues and services are assumed. */
export function securityV3(site: Site): Route[] {
  const admin = { access: 'admin', query: PAGING } as const;
  return [
    route('GET', `${BASE}/security/accounts`, admin, (request) => {
      const page = pageV3(site, request, site.store.list('users'));
      return json(200, { ...page, items: page.items.map(userWire) });
    }),
    route('GET', `${BASE}/security/accounts/{name}`, { access: 'admin' }, ({ params }) =>
      json(200, userWire(userOf(site, params.name))),
    ),
    route('GET', `${BASE}/security/roles`, admin, (request) =>
      json(200, pageV3(site, request, site.store.list('roles'))),
    ),
    route('POST', `${BASE}/tokens`, { consumes: 'json' }, async ({ raw, caller }) => {
      const body = await readJsonBody(raw, tokenBody, 422);
      const { expirationTimeout: seconds, user = caller.name, ...rest } = body;
      return json(201, tokenWire(await createToken(site, caller, { ...rest, user, seconds }), true));
    }),
    route('GET', `${BASE}/tokens`, { query: PAGING }, (request) => {
      const page = pageV3(site, request, tokensFor(site, request.caller));
      return json(200, { ...page, items: page.items.map((token) => tokenWire(token, false)) });
    }),
    route('DELETE', `${BASE}/tokens/{user}/{name}`, {}, async ({ params, caller }) => {
      const { user = '', name = '' } = params;
      if (user !== caller.name && !caller.admin) throw new HttpError(403, 'This token is not yours.');
      if (!site.store.remove('tokens', tokenKey({ user, name })))
        throw new HttpError(404, `There is no token "${name}".`);
      await site.store.flush();
      return empty();
    }),
    route('GET', `${BASE}/transformations/queues`, { query: PAGING }, (request) =>
      json(200, pageV3(site, request, site.store.list('queues'))),
    ),
    route('GET', `${BASE}/services`, admin, (request) => json(200, pageV3(site, request, site.store.list('services')))),
    ...notificationRoutes(site, `${BASE}/notifications`, {
      query: PAGING,
      wrong: 422,
      list: (request, items) => json(200, pageV3(site, request, items)),
    }),
  ];
}
