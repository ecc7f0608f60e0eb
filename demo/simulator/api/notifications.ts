import { z } from 'zod';
import { readJsonBody, readText } from '../http/body.ts';
import { empty, HttpError, json, type Reply } from '../http/reply.ts';
import { type Request, type Route, type RouteOptions, route } from '../http/router.ts';
import type { Site } from '../site.ts';
import type { ItemMap, Publication, Subscription, Topic } from '../state/items.ts';
import { publishedParameter, repeatingFields } from './run-request.ts';

type NotificationKind = 'publications' | 'subscriptions' | 'topics';

const name = z.string().min(1);
const common = { name, description: z.string().default('') };
const properties = z.record(z.string(), z.string()).default({});

const SCHEMAS = {
  publications: z.strictObject({
    ...common,
    publisher: name,
    topics: z.array(name).default([]),
    properties,
    enabled: z.boolean().default(true),
    ...repeatingFields,
  }),
  subscriptions: z.strictObject({
    ...common,
    subscriber: name,
    topics: z.array(name).default([]),
    properties,
    run: z
      .strictObject({
        repository: name,
        workspace: name,
        publishedParameters: z.array(publishedParameter).default([]),
        queue: name.default('Default'),
      })
      .optional(),
  }),
  topics: z.strictObject(common),
};

interface Options extends RouteOptions {
  /** Status for a wrong body. */
  wrong: number;
  list(request: Request, items: unknown[]): Reply;
}

function wire(site: Site, kind: NotificationKind, item: Publication | Subscription | Topic): unknown {
  if (kind !== 'publications' || site.unknowns().publicationEnable === 'put-object') return item;
  const { enabled: _enabled, ...rest } = item as Publication;
  return rest;
}

/** Routes to read, make, replace and delete publications, subscriptions and topics below a path. */
export function notificationRoutes(site: Site, base: string, options: Options): Route[] {
  const { wrong, list, ...shared } = options;
  const plain = { ...shared, query: [] };
  const find = (kind: NotificationKind, request: Request) => {
    const item = site.store.get(kind, request.params.name ?? '');
    if (item === undefined) throw new HttpError(404, `There is nothing named "${request.params.name}".`);
    return item;
  };
  const read = async (kind: NotificationKind, request: Request) => {
    const body = await readJsonBody<unknown>(request.raw, SCHEMAS[kind], wrong);
    return body as ItemMap[NotificationKind];
  };
  const store = async (kind: NotificationKind, item: ItemMap[NotificationKind]): Promise<void> => {
    site.store.put(kind, item as Topic);
    await site.store.flush();
  };
  const kinds = (Object.keys(SCHEMAS) as NotificationKind[]).flatMap((kind) => {
    const all = `${base}/${kind}`;
    const one = `${all}/{name}`;
    return [
      route('GET', all, shared, (request) =>
        list(
          request,
          site.store.list(kind).map((item) => wire(site, kind, item)),
        ),
      ),
      route('POST', all, { ...plain, consumes: 'json' }, async (request) => {
        const item = await read(kind, request);
        if (site.store.get(kind, item.name) !== undefined) throw new HttpError(409, `"${item.name}" exists already.`);
        await store(kind, item);
        return json(201, wire(site, kind, item));
      }),
      route('GET', one, plain, (request) => json(200, wire(site, kind, find(kind, request)))),
      route('PUT', one, { ...plain, consumes: 'json' }, async (request) => {
        const present = find(kind, request);
        const item = await read(kind, request);
        if (item.name !== present.name) throw new HttpError(wrong, 'The name cannot be changed.');
        const keeps = kind === 'publications' && site.unknowns().publicationEnable === 'none';
        await store(kind, keeps ? { ...(item as Publication), enabled: (present as Publication).enabled } : item);
        return json(200, wire(site, kind, item));
      }),
      route('DELETE', one, plain, async (request) => {
        site.store.remove(kind, find(kind, request).name);
        await site.store.flush();
        return empty();
      }),
    ];
  });
  const names = (values: string[]) => (request: Request) =>
    list(
      request,
      values.map((each) => ({ name: each })),
    );
  return [
    ...kinds,
    route('GET', `${base}/publishers`, shared, names(['dirwatch', 'email', 's3', 'udp', 'websocket'])),
    route('GET', `${base}/subscribers`, shared, names(['fmeworkspace', 'email', 'ftp', 'push', 'logger'])),
    route('POST', `${base}/topics/{name}/message`, { ...plain, consumes: 'anything' }, async (request) => {
      const topic = find('topics', request);
      await readText(request.raw);
      await site.actors.publish(topic.name);
      return empty();
    }),
  ];
}
