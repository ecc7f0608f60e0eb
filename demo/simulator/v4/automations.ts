import { actorRoutes, webhookRoute } from '../api/actors.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { json } from '../http/reply.ts';
import type { Request, Route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';

/** Automations and streams in REST v4; only the webhook's path was seen in public. */
export function automationsV4(site: Site): Route[] {
  const options = (part: string) => ({
    when: v4From(site, part),
    query: PAGING,
    wrong: 400,
    list: (request: Request, items: unknown[]) => json(200, pageV4(site, request, items)),
  });
  const base = '/fmeapiv4/automations';
  return [
    ...actorRoutes(site, 'automations', base, () => site.unknowns().automationEnableV4, options('automations')),
    webhookRoute(site, `${base}/{id}/{component}/message`, v4From(site, 'webhooks')),
    ...actorRoutes(site, 'streams', '/fmeapiv4/streams', () => site.unknowns().streamEnable, options('streams')),
  ];
}
