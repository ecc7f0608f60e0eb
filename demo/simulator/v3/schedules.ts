import { z } from 'zod';
import { repeatingFields, repeatingWire, requestV3, requestWireV3 } from '../api/run-request.ts';
import { stableId } from '../api/version.ts';
import { readForm, readJsonBody } from '../http/body.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import type { Site } from '../site.ts';
import { type Schedule, scheduleKey } from '../state/items.ts';

const BASE = '/fmerest/v3/schedules';
const name = z.string().min(1);

/** The whole schedule, as GET gives it and PUT takes it back. */
const scheduleBody = z.strictObject({
  id: z.string().optional(),
  userName: z.string().optional(),
  category: name,
  name,
  description: z.string().default(''),
  enabled: z.boolean().default(true),
  repository: name,
  workspace: name,
  ...repeatingFields,
  request: requestV3.default({ publishedParameters: [], TMDirectives: {}, NMDirectives: {} }),
});

function wire(schedule: Schedule) {
  return {
    id: schedule.id,
    userName: schedule.owner,
    category: schedule.category,
    name: schedule.name,
    description: schedule.description,
    enabled: schedule.enabled,
    repository: schedule.repository,
    workspace: schedule.workspace,
    ...repeatingWire(schedule),
    request: requestWireV3(schedule),
  };
}

/** The schedule that a path names. */
export function scheduleOf(site: Site, request: Request): Schedule {
  const { category = '', name: own = '' } = request.params;
  const schedule = site.store.get('schedules', scheduleKey({ category, name: own }));
  if (schedule === undefined) throw new HttpError(404, `There is no schedule "${category}/${own}".`);
  return schedule;
}

function fromBody(site: Site, body: z.infer<typeof scheduleBody>, owner: string): Schedule {
  const { request, userName: _user, id, ...fields } = body;
  if (site.store.get('repositories', body.repository)?.files[body.workspace] === undefined) {
    throw new HttpError(422, `There is no workspace "${body.repository}/${body.workspace}".`);
  }
  return {
    ...fields,
    id: id ?? stableId('schedule', body.category, body.name),
    owner,
    publishedParameters: request.publishedParameters,
    queue: request.TMDirectives.tag ?? 'Default',
  };
}

/** Schedules in REST v3. */
export function schedulesV3(site: Site): Route[] {
  const one = `${BASE}/{category}/{name}`;
  return [
    route('GET', BASE, { query: [...PAGING, 'category', 'includeAutomations'] }, (request) => {
      const category = request.query.get('category');
      const all = site.store.list('schedules').filter((each) => category === null || each.category === category);
      const page = pageV3(site, request, all);
      return json(200, { ...page, items: page.items.map(wire) });
    }),
    route('POST', BASE, { consumes: 'json' }, async (request) => {
      const body = await readJsonBody(request.raw, scheduleBody, 422);
      if (site.store.get('schedules', scheduleKey(body)) !== undefined) {
        throw new HttpError(409, `The schedule "${scheduleKey(body)}" exists already.`);
      }
      const schedule = fromBody(site, body, request.caller.name);
      site.store.put('schedules', schedule);
      await site.store.flush();
      return json(201, wire(schedule));
    }),
    route('GET', one, {}, (request) => json(200, wire(scheduleOf(site, request)))),
    route('PUT', one, { consumes: 'json' }, async (request) => {
      const present = scheduleOf(site, request);
      const body = await readJsonBody(request.raw, scheduleBody, 422);
      if (scheduleKey(body) !== scheduleKey(present)) throw new HttpError(422, 'A schedule cannot be renamed.');
      const enabled = site.unknowns().scheduleEnableV3 === 'put-object' ? body.enabled : present.enabled;
      const schedule = { ...fromBody(site, body, present.owner), id: present.id, enabled };
      site.store.put('schedules', schedule);
      await site.store.flush();
      return json(200, wire(schedule));
    }),
    route(
      'PUT',
      `${one}/enabled`,
      { consumes: 'form', when: () => site.unknowns().scheduleEnableV3 === 'put-enabled' },
      async (request) => {
        const present = scheduleOf(site, request);
        const form = await readForm(request.raw, z.strictObject({ value: z.enum(['true', 'false']) }));
        site.store.put('schedules', { ...present, enabled: form.value === 'true' });
        await site.store.flush();
        return empty();
      },
    ),
    route('DELETE', one, {}, async (request) => {
      site.store.remove('schedules', scheduleKey(scheduleOf(site, request)));
      await site.store.flush();
      return empty();
    }),
  ];
}
