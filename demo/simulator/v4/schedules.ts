import { z } from 'zod';
import { parametersFromV4, parametersToV4, parametersV4, repeatingFields, repeatingWire } from '../api/run-request.ts';
import { stableId } from '../api/version.ts';
import { readJsonBody } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import { type Schedule, scheduleKey } from '../state/items.ts';
import { scheduleOf } from '../v3/schedules.ts';

const BASE = '/fmeapiv4/schedules';
const name = z.string().min(1);

const scheduleBody = z.strictObject({
  id: z.string().optional(),
  owner: z.string().optional(),
  category: name,
  name,
  description: z.string().default(''),
  enabled: z.boolean().default(true),
  repository: name,
  workspace: name,
  queue: z.string().default('Default'),
  publishedParameters: parametersV4,
  ...repeatingFields,
});

function wire(schedule: Schedule) {
  return {
    id: schedule.id,
    owner: schedule.owner,
    category: schedule.category,
    name: schedule.name,
    description: schedule.description,
    enabled: schedule.enabled,
    repository: schedule.repository,
    workspace: schedule.workspace,
    queue: schedule.queue,
    publishedParameters: parametersToV4(schedule.publishedParameters),
    ...repeatingWire(schedule),
  };
}

function fromBody(site: Site, body: z.infer<typeof scheduleBody>, owner: string): Schedule {
  const { publishedParameters, owner: _owner, id, ...fields } = body;
  if (site.store.get('repositories', body.repository)?.files[body.workspace] === undefined) {
    throw new HttpError(400, `There is no workspace "${body.repository}/${body.workspace}".`);
  }
  return {
    ...fields,
    id: id ?? stableId('schedule', body.category, body.name),
    owner,
    publishedParameters: parametersFromV4(publishedParameters),
  };
}

/** Schedules in REST v4. No public client uses them: the paths are those of v3, and every verb is a switch. */
export function schedulesV4(site: Site): Route[] {
  const when = v4From(site, 'schedules');
  const verb = (how: string) => () => when() && site.unknowns().scheduleEnableV4 === how;
  const one = `${BASE}/{category}/{name}`;
  const change = async (schedule: Schedule) => {
    site.store.put('schedules', schedule);
    await site.store.flush();
  };
  return [
    route('GET', BASE, { when, query: [...PAGING, 'category'] }, (request) => {
      const category = request.query.get('category');
      const all = site.store.list('schedules').filter((each) => category === null || each.category === category);
      const page = pageV4(site, request, all);
      return json(200, { ...page, items: page.items.map(wire) });
    }),
    route('POST', BASE, { when, consumes: 'json' }, async (request) => {
      const body = await readJsonBody(request.raw, scheduleBody, 400);
      if (site.store.get('schedules', scheduleKey(body)) !== undefined) {
        throw new HttpError(409, `The schedule "${scheduleKey(body)}" exists already.`);
      }
      const schedule = fromBody(site, body, request.caller.name);
      await change(schedule);
      return json(201, wire(schedule));
    }),
    route('GET', one, { when }, (request) => json(200, wire(scheduleOf(site, request)))),
    route('PUT', one, { when, consumes: 'json' }, async (request) => {
      const present = scheduleOf(site, request);
      const body = await readJsonBody(request.raw, scheduleBody, 400);
      if (scheduleKey(body) !== scheduleKey(present)) throw new HttpError(400, 'A schedule cannot be renamed.');
      const enabled = site.unknowns().scheduleEnableV4 === 'put-object' ? body.enabled : present.enabled;
      await change({ ...fromBody(site, body, present.owner), id: present.id, enabled });
      return empty();
    }),
    route('POST', `${one}/enable`, { when: verb('post-verb') }, async (request) => {
      await change({ ...scheduleOf(site, request), enabled: true });
      return empty();
    }),
    route('POST', `${one}/disable`, { when: verb('post-verb') }, async (request) => {
      await change({ ...scheduleOf(site, request), enabled: false });
      return empty();
    }),
    route('PATCH', one, { when: verb('patch'), consumes: 'json' }, async (request) => {
      const present = scheduleOf(site, request);
      const { enabled } = await readJsonBody(request.raw, z.strictObject({ enabled: z.boolean() }), 400);
      await change({ ...present, enabled });
      return empty();
    }),
    route('DELETE', one, { when }, async (request) => {
      site.store.remove('schedules', scheduleKey(scheduleOf(site, request)));
      await site.store.flush();
      return empty();
    }),
  ];
}
