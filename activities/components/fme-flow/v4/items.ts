import { createActing } from '../acting.ts';
import type { ActingApi, ItemApi } from '../api.ts';
import type { Acting } from '../facts.ts';
import type { FlowHttp } from '../http.ts';
import { createItems, workspaceEntry } from '../items.ts';
import { readAll, V4_FIRST } from '../paging.ts';

const BASE = '/fmeapiv4';

const ACTING_PATHS: Readonly<Record<Acting, string>> = {
  schedules: `${BASE}/schedules`,
  automations: `${BASE}/automations`,
  streams: `${BASE}/streams`,
  publications: `${BASE}/notifications/publications`,
};

/** What acts by itself, in REST v4. */
export const actingV4 = (http: FlowHttp): ActingApi =>
  createActing(http, {
    version: 'v4',
    paths: {
      schedules: [ACTING_PATHS.schedules],
      automations: [ACTING_PATHS.automations, `${BASE}/automations/workflows`],
      streams: [ACTING_PATHS.streams],
      publications: [ACTING_PATHS.publications, `${BASE}/publications`],
    },
    first: V4_FIRST,
  });

/** Items in REST v4. */
export const itemsV4 = (http: FlowHttp): ItemApi =>
  createItems(http, {
    lists: {
      repositories: `${BASE}/repositories`,
      connections: `${BASE}/connections`,
      subscriptions: `${BASE}/notifications/subscriptions`,
      topics: `${BASE}/notifications/topics`,
      users: `${BASE}/accounts`,
      roles: `${BASE}/roles`,
      tokens: `${BASE}/tokens`,
      queues: `${BASE}/queues`,
      services: `${BASE}/services`,
    },
    acting: ACTING_PATHS,
    first: V4_FIRST,
    async workspaces(signal) {
      const list = await readAll(http, `${BASE}/workspaces`, { signal, first: V4_FIRST });
      return list && { items: list.items.map(workspaceEntry), complete: list.complete };
    },
  });
