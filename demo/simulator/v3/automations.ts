import { actorRoutes, webhookRoute } from '../api/actors.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { HttpError, json, text } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import type { Site } from '../site.ts';
import type { Automation } from '../state/items.ts';

const BASE = '/fmerest/v3/automations/workflows';

/** Automations and, at a path that is only assumed, streams in REST v3. */
export function automationsV3(site: Site): Route[] {
  const find = (request: Request): Automation => {
    const found = site.store.list('automations').find((each) => each.id === request.params.id);
    if (found === undefined) throw new HttpError(404, `There is no automation "${request.params.id}".`);
    return found;
  };
  const options = {
    query: PAGING,
    wrong: 422,
    list: (request: Request, items: unknown[]) => json(200, pageV3(site, request, items)),
  };
  return [
    ...actorRoutes(site, 'automations', BASE, () => site.unknowns().automationEnableV3, options),
    route('GET', `${BASE}/tags`, { query: PAGING }, (request) => {
      const tags = new Set(site.store.list('automations').flatMap((each) => each.tags));
      return json(200, pageV3(site, request, [...tags].sort()));
    }),
    route('GET', `${BASE}/{id}/status`, {}, (request) =>
      json(200, { status: find(request).enabled ? 'RUNNING' : 'STOPPED' }),
    ),
    route('GET', `${BASE}/{id}/log`, {}, (request) => {
      const { id } = find(request);
      const jobs = site.jobs.list().filter((job) => job.source?.id === id);
      return text(200, jobs.map((job) => `${job.submitted} submitted job ${job.id}`).join('\n'));
    }),
    webhookRoute(site, `${BASE}/{id}/{component}/message`),
    ...actorRoutes(site, 'streams', '/fmerest/v3/streams', () => site.unknowns().streamEnable, options),
  ];
}
