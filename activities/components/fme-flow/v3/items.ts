import { createActing } from '../acting.ts';
import type { ActingApi, ItemApi, Listed } from '../api.ts';
import type { Acting } from '../facts.ts';
import { text } from '../fields.ts';
import { type FlowHttp, pathOf } from '../http.ts';
import { createItems, workspaceEntry } from '../items.ts';
import { readAll, V3_FIRST } from '../paging.ts';

const BASE = '/fmerest/v3';

const ACTING_PATHS: Readonly<Record<Acting, string>> = {
  schedules: `${BASE}/schedules`,
  automations: `${BASE}/automations/workflows`,
  streams: `${BASE}/streams`,
  publications: `${BASE}/notifications/publications`,
};

/** What acts by itself, in REST v3. */
export const actingV3 = (http: FlowHttp): ActingApi =>
  createActing(http, {
    version: 'v3',
    paths: {
      schedules: [ACTING_PATHS.schedules],
      automations: [ACTING_PATHS.automations],
      streams: [ACTING_PATHS.streams],
      publications: [ACTING_PATHS.publications],
    },
    first: V3_FIRST,
    // The schedules inside of automations are switched with their automation.
    query: { schedules: { includeAutomations: false } },
  });

/** Items in REST v3, which has no list of connections. */
export const itemsV3 = (http: FlowHttp): ItemApi =>
  createItems(http, {
    lists: {
      repositories: `${BASE}/repositories`,
      connections: undefined,
      subscriptions: `${BASE}/notifications/subscriptions`,
      topics: `${BASE}/notifications/topics`,
      users: `${BASE}/security/accounts`,
      roles: `${BASE}/security/roles`,
      tokens: `${BASE}/tokens`,
      queues: `${BASE}/transformations/queues`,
      services: `${BASE}/services`,
    },
    acting: ACTING_PATHS,
    first: V3_FIRST,
    workspaces: (signal) => workspaces(http, signal),
  });

async function workspaces(http: FlowHttp, signal: AbortSignal): Promise<Listed | undefined> {
  const repositories = await readAll(http, `${BASE}/repositories`, { signal, first: V3_FIRST });
  if (repositories === undefined) return undefined;
  let complete = repositories.complete;
  const items: Listed['items'][number][] = [];
  for (const repository of repositories.items) {
    const path = pathOf(`${BASE}/repositories`, text(repository, 'name') ?? '', 'items');
    const list = await readAll(http, path, { signal, first: V3_FIRST, query: { type: 'WORKSPACE' } });
    complete = complete && list?.complete === true;
    items.push(...(list?.items ?? []).map(workspaceEntry));
  }
  return { items, complete };
}
