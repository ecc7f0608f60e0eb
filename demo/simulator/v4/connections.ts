import { z } from 'zod';
import { readJsonBody } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import type { Connection, NamedItem } from '../state/items.ts';
import { seal, unseal } from '../state/seal.ts';

const BASE = '/fmeapiv4/connections';
const FILTERS = ['types', 'excludedTypes', 'categories'];

const connectionBody = z.strictObject({
  name: z.string().min(1),
  category: z.string().min(1),
  type: z.string().default(''),
  authenticationMethod: z.string().optional(),
  username: z.string().default(''),
  password: z.string().default(''),
  parameters: z.record(z.string(), z.unknown()).default({}),
});
const updateBody = connectionBody.omit({ name: true }).partial().extend({ name: z.string().optional() }).strict();

/** A connection without its secrets. */
function wire(connection: Connection) {
  const { name, category, type, owner, shareable, parameters } = connection;
  return { name, category, type, owner, shareable, parameters };
}

function readable(site: Site, connection: Connection): boolean {
  return unseal(site.settings().encryptionKey, connection.sealed) !== undefined;
}

function find(site: Site, request: Request): Connection {
  const connection = site.store.get('connections', request.params.name ?? '');
  if (connection === undefined) throw new HttpError(404, `The connection "${request.params.name}" does not exist.`);
  return connection;
}

/** Named connections and deployment parameters: only in REST v4. */
export function connectionsV4(site: Site): Route[] {
  const when = v4From(site, 'connections');
  const one = `${BASE}/{name}`;
  return [
    route('GET', BASE, { when, query: [...PAGING, ...FILTERS] }, (request) => {
      const { query } = request;
      const [types, excluded, categories] = FILTERS.map((name) => query.getAll(name)) as [string[], string[], string[]];
      const all = site.store
        .list('connections')
        .filter((each) => types.length === 0 || types.includes(each.type))
        .filter((each) => !excluded.includes(each.type))
        .filter((each) => categories.length === 0 || categories.includes(each.category));
      const page = pageV4(site, request, all);
      return json(200, { ...page, items: page.items.map(wire) });
    }),
    route('POST', BASE, { when, consumes: 'json', query: ['encoded'] }, async ({ raw, caller }) => {
      const body = await readJsonBody(raw, connectionBody, 400);
      const { username, password, authenticationMethod: _method, ...rest } = body;
      if (site.store.get('connections', body.name) !== undefined) {
        throw new HttpError(409, `The connection "${body.name}" already exists.`);
      }
      const sealed = seal(site.settings().encryptionKey, { username, password });
      site.store.put('connections', { ...rest, owner: caller.name, shareable: true, sealed });
      await site.store.flush();
      return empty(201);
    }),
    route('GET', one, { when }, (request) => {
      const connection = find(site, request);
      if (!readable(site, connection) && site.unknowns().unreadableConnection === 'error') {
        throw new HttpError(500, `The connection "${connection.name}" could not be decrypted.`);
      }
      return json(200, wire(connection));
    }),
    route('PUT', one, { when, consumes: 'json', query: ['encoded'] }, async (request) => {
      const present = find(site, request);
      const body = await readJsonBody(request.raw, updateBody, 400);
      const key = site.settings().encryptionKey;
      const secrets = unseal(key, present.sealed) ?? { username: '', password: '' };
      const username = body.username ?? secrets.username;
      const password = body.password ?? secrets.password;
      site.store.put('connections', {
        ...present,
        category: body.category ?? present.category,
        type: body.type ?? present.type,
        parameters: body.parameters ?? present.parameters,
        sealed: seal(key, { username, password }),
      });
      await site.store.flush();
      return empty();
    }),
    route('DELETE', one, { when }, async (request) => {
      site.store.remove('connections', find(site, request).name);
      await site.store.flush();
      return empty();
    }),
    ...deploymentParameters(site, when),
  ];
}

const parameterBody = z.looseObject({ name: z.string().min(1), type: z.string().min(1) });

function deploymentParameters(site: Site, when: () => boolean): Route[] {
  const base = '/fmeapiv4/deploymentparameters';
  const one = `${base}/{name}`;
  const get = (request: Request): NamedItem => {
    const item = site.store.get('deploymentParameters', request.params.name ?? '');
    if (item === undefined) throw new HttpError(404, `The parameter "${request.params.name}" does not exist.`);
    return item;
  };
  return [
    route('GET', base, { when, query: PAGING }, (request) =>
      json(200, pageV4(site, request, site.store.list('deploymentParameters'))),
    ),
    route('POST', base, { when, consumes: 'json' }, async ({ raw, caller }) => {
      const body = await readJsonBody(raw, parameterBody, 400);
      if (site.store.get('deploymentParameters', body.name) !== undefined) {
        throw new HttpError(409, `The parameter "${body.name}" already exists.`);
      }
      site.store.put('deploymentParameters', { ...body, owner: caller.name });
      await site.store.flush();
      return empty(201);
    }),
    route('GET', one, { when }, (request) => json(200, get(request))),
    route('PUT', one, { when, consumes: 'json' }, async (request) => {
      const present = get(request);
      const body = await readJsonBody(request.raw, z.looseObject({}), 400);
      site.store.put('deploymentParameters', { ...present, ...body, name: present.name });
      await site.store.flush();
      return empty();
    }),
    route('DELETE', one, { when }, async (request) => {
      site.store.remove('deploymentParameters', get(request).name);
      await site.store.flush();
      return empty();
    }),
  ];
}
