import { z } from 'zod';
import { checkJsonField, readJsonBody, readText } from '../http/body.ts';
import { empty, HttpError, json, type Reply } from '../http/reply.ts';
import { type Request, type Route, type RouteOptions, route } from '../http/router.ts';
import type { Site } from '../site.ts';
import type { Automation, Stream } from '../state/items.ts';
import { parametersFromV4, parametersToV4, parametersV4, repeatingFields, repeatingWire } from './run-request.ts';
import { stableId } from './version.ts';

type ActorKind = 'automations' | 'streams';

const actorBody = z.strictObject({
  id: z.string().optional(),
  userName: z.string().optional(),
  userId: z.string().optional(),
  name: z.string().min(1),
  description: z.string().default(''),
  enabled: z.boolean().default(true),
  tags: z.array(z.string()).default([]),
  webhooks: z.array(z.string()).default([]),
  repository: z.string().default(''),
  workspace: z.string().default(''),
  queue: z.string().default('Default'),
  publishedParameters: parametersV4,
  ...repeatingFields,
});

/** An automation or stream as both API versions give it; real ones hold a graph of actions instead of one workspace. */
export function actorWire(site: Site, actor: Automation | Stream) {
  return {
    id: actor.id,
    name: actor.name,
    description: actor.description,
    enabled: actor.enabled,
    userName: actor.owner,
    userId: site.store.get('users', actor.owner)?.id ?? '',
    ...('tags' in actor ? { tags: actor.tags, webhooks: actor.webhooks } : {}),
    repository: actor.repository,
    workspace: actor.workspace,
    queue: actor.queue,
    publishedParameters: parametersToV4(actor.publishedParameters),
    ...repeatingWire(actor),
  };
}

function actorOf(site: Site, kind: ActorKind, request: Request): Automation | Stream {
  const actor = site.store.list(kind).find((each) => each.id === request.params.id);
  if (actor === undefined) throw new HttpError(404, `There is no ${kind.slice(0, -1)} "${request.params.id}".`);
  return actor;
}

function fromBody(kind: ActorKind, body: z.infer<typeof actorBody>, owner: string): Automation | Stream {
  const { userName: _name, userId: _id, tags, webhooks, publishedParameters, id, ...fields } = body;
  const actor = {
    ...fields,
    id: id ?? stableId(kind, body.name),
    owner,
    publishedParameters: parametersFromV4(publishedParameters),
  };
  return kind === 'automations' ? { ...actor, tags, webhooks } : actor;
}

/** How things are enabled: by a pair of verbs, by the object, by a field, or not at all. */
export type EnableHow = 'post-verb' | 'post-start' | 'put-object' | 'patch' | 'none';

/** Routes to read, make, replace, enable and delete automations or streams below a path. */
export function actorRoutes(
  site: Site,
  kind: ActorKind,
  base: string,
  how: () => EnableHow,
  options: RouteOptions & { wrong: number; list(request: Request, items: unknown[]): Reply },
): Route[] {
  const { wrong, list, ...common } = options;
  const exists = common.when ?? (() => true);
  const verb = (wanted: EnableHow) => () => exists() && how() === wanted;
  const put = async (actor: Automation | Stream): Promise<void> => {
    site.store.put(kind, actor as Automation);
    await site.store.flush();
  };
  const set = (enabled: boolean) => async (request: Request) => {
    await put({ ...actorOf(site, kind, request), enabled });
    return empty();
  };
  const one = `${base}/{id}`;
  return [
    route('GET', base, common, (request) =>
      list(
        request,
        site.store.list(kind).map((actor) => actorWire(site, actor)),
      ),
    ),
    route('POST', base, { ...common, query: [], consumes: 'json' }, async (request) => {
      const body = await readJsonBody(request.raw, actorBody, wrong);
      if (site.store.get(kind, body.name) !== undefined) throw new HttpError(409, `"${body.name}" exists already.`);
      const actor = fromBody(kind, body, request.caller.name);
      await put(actor);
      return json(201, actorWire(site, actor));
    }),
    route('GET', one, { ...common, query: [] }, (request) => json(200, actorWire(site, actorOf(site, kind, request)))),
    route('PUT', one, { ...common, query: [], consumes: 'json' }, async (request) => {
      const present = actorOf(site, kind, request);
      const body = await readJsonBody(request.raw, actorBody, wrong);
      if (body.name !== present.name) throw new HttpError(wrong, 'The name cannot be changed.');
      const enabled = how() === 'put-object' ? body.enabled : present.enabled;
      await put({ ...fromBody(kind, body, present.owner), id: present.id, enabled });
      return empty();
    }),
    route('PATCH', one, { ...common, query: [], consumes: 'json', when: verb('patch') }, async (request) => {
      const { enabled } = await readJsonBody(request.raw, z.strictObject({ enabled: z.boolean() }), wrong);
      return set(enabled)(request);
    }),
    route('POST', `${one}/enable`, { ...common, query: [], when: verb('post-verb') }, set(true)),
    route('POST', `${one}/disable`, { ...common, query: [], when: verb('post-verb') }, set(false)),
    route('POST', `${one}/start`, { ...common, query: [], when: verb('post-start') }, set(true)),
    route('POST', `${one}/stop`, { ...common, query: [], when: verb('post-start') }, set(false)),
    route('DELETE', one, { ...common, query: [] }, async (request) => {
      site.store.remove(kind, actorOf(site, kind, request).name);
      await site.store.flush();
      return empty();
    }),
  ];
}

/** A webhook: outside systems call it without a login, with the automation's id and the trigger's. */
export function webhookRoute(site: Site, pattern: string, when?: () => boolean): Route {
  return route(
    'POST',
    pattern,
    { access: 'none', consumes: 'anything', ...(when === undefined ? {} : { when }) },
    async (request) => {
      const automation = actorOf(site, 'automations', request) as Automation;
      const component = request.params.component ?? '';
      if (!automation.webhooks.includes(component)) throw new HttpError(404, `There is no trigger "${component}".`);
      const content = await readText(request.raw);
      const isJson = request.raw.headers['content-type']?.includes('json') === true && content !== '';
      const values = isJson ? checkJsonField(content, z.looseObject({})) : {};
      const parameters = Object.entries(values).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      );
      const known = parameters.filter(([name]) => ['NONCE', 'WRITE'].includes(name));
      const job = await site.actors.trigger(
        automation.id,
        known.map(([name, value]) => ({ name, value })),
      );
      if (job === undefined) throw new HttpError(422, `The automation "${automation.name}" is not running.`);
      return json(202, { id: job });
    },
  );
}
