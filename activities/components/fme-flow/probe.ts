import { failure } from '../../failure.ts';
import { firstActing } from './acting.ts';
import type { FlowApi, ItemApi } from './api.ts';
import { type Found, OPEN_API, V4_FROM } from './facts.ts';
import { number, type Record_, record, text } from './fields.ts';
import type { FlowHttp } from './http.ts';
import { createLicence } from './licence.ts';
import { hasStatus } from './problem.ts';
import { actingV3, itemsV3 } from './v3/items.ts';
import { jobsV3, submitV3 } from './v3/jobs.ts';
import { migrationsV3 } from './v3/migrations.ts';
import { resourcesV3 } from './v3/resources.ts';
import { enginesV3, systemV3 } from './v3/system.ts';
import { actingV4, itemsV4 } from './v4/items.ts';
import { jobsV4, submitV4 } from './v4/jobs.ts';
import { migrationsV4 } from './v4/migrations.ts';
import { resourcesV4 } from './v4/resources.ts';
import { enginesV4, systemV4 } from './v4/system.ts';

/** One FME Flow as it was found: its build, and the API put together of the parts that it serves best. */
export interface Flow {
  readonly build: number;
  /** As it calls itself. */
  readonly version: string;
  readonly serves: { readonly v3: boolean; readonly v4: boolean };
  readonly api: FlowApi;
  /** Paths and methods that v4 describes itself with, as `POST /fmeapiv4/…/{…}`; undefined when it does not. */
  readonly described?: readonly string[];
}

/** How long what was found is believed; an upgrade takes longer. */
const FRESH = 60_000;

export interface Probe {
  flow(signal: AbortSignal): Promise<Flow>;
  /** The build is read anew, and everything else too if it changed. */
  again(signal: AbortSignal): Promise<Flow>;
}

/** Asks a server which versions of the API it answers, and remembers it while its build stays the same. */
export function createProbe(http: FlowHttp, found: Found): Probe {
  let known: { readonly flow: Flow; readonly at: number } | undefined;
  async function again(signal: AbortSignal): Promise<Flow> {
    const { build, version } = await readBuild(http, signal);
    if (known?.flow.build !== build || known.flow.version !== version)
      known = { flow: await probe(http, found, build, version, signal), at: Date.now() };
    else known = { flow: known.flow, at: Date.now() };
    return known.flow;
  }
  return {
    again,
    flow: async (signal) => (known && Date.now() - known.at < FRESH ? known.flow : again(signal)),
  };
}

async function readBuild(http: FlowHttp, signal: AbortSignal): Promise<{ build: number; version: string }> {
  const body = await http.call('GET', '/fmeinfo/version', { signal, expect: [200, 404] });
  if (body.status === 200) {
    const told = body.json<Record_>();
    const build = number(told, 'buildNumber');
    if (build !== undefined) return { build, version: text(told, 'buildString') ?? `build ${build}` };
  }
  const info = (await http.call('GET', '/fmerest/v3/info', { signal })).json<Record_>();
  const version = text(info, 'build') ?? '';
  const build = /Build (\d+)/i.exec(version)?.[1];
  if (build === undefined)
    throw failure('Refused', `${http.url} does not tell its build. Is it the address of an FME Flow?`);
  return { build: Number(build), version };
}

async function probe(http: FlowHttp, found: Found, build: number, version: string, signal: AbortSignal): Promise<Flow> {
  const v3 = await answers(http, '/fmerest/v3/info', signal);
  const v4 = await answers(http, '/fmeapiv4/healthcheck/liveness', signal);
  if (!v3 && !v4) throw failure('Refused', `${http.url} (build ${build}) answers neither REST v3 nor REST v4`);
  found.note('apis', [v3 ? 'v3' : '', v4 ? 'v4' : ''].filter((each) => each !== '').join(' and '));
  const described = v4 ? await describe(http, found, signal) : undefined;
  return {
    build,
    version,
    serves: { v3, v4 },
    api: compose(http, found, { v3, v4, build }),
    ...(described ? { described } : {}),
  };
}

/** 503 is an answer too: of a server that is there and not well. */
async function answers(http: FlowHttp, path: string, signal: AbortSignal): Promise<boolean> {
  const answer = await http.call('GET', path, { signal, expect: [200, 401, 403, 404, 405, 410, 503] });
  if (![200, 503].includes(answer.status)) return false;
  // A proxy's page is no answer of the API, whatever its status.
  return !answer.text.trimStart().startsWith('<') || answer.status === 503;
}

function compose(
  http: FlowHttp,
  found: Found,
  { v3, v4, build }: { v3: boolean; v4: boolean; build: number },
): FlowApi {
  /** Whether a part that v4 has from this build on is asked for there. */
  const newer = (from: number): boolean => !v3 || (v4 && build >= from);
  return {
    system: newer(V4_FROM.health) ? systemV4(http) : systemV3(http),
    licence: newer(V4_FROM.licence)
      ? createLicence(http, { base: '/fmeapiv4/license', status: '/status' })
      : createLicence(http, { base: '/fmerest/v3/licensing', status: '/license/status' }),
    engines: newer(V4_FROM.engines) ? enginesV4(http) : enginesV3(http),
    migrations: newer(V4_FROM.migrations) ? migrationsV4(http) : migrationsV3(http),
    // v3 tells sizes, gives single files, and tells a job's parameters; v4 is not known to. So v3, while it is served.
    resources: v3 ? resourcesV3(http) : resourcesV4(http, found),
    jobs: v3 ? jobsV3(http) : jobsV4(http),
    submit: newer(V4_FROM.submit) ? submitV4(http) : submitV3(http),
    acting: firstActing([...(newer(V4_FROM.migrations) ? [actingV4(http)] : []), ...(v3 ? [actingV3(http)] : [])]),
    items: items(http, { v3, v4, build }),
  };
}

/** Kind by kind: what the one version does not offer is asked of the other. */
function items(http: FlowHttp, { v3, v4, build }: { v3: boolean; v4: boolean; build: number }): ItemApi {
  const both = [
    ...(v4 && build >= V4_FROM.migrations ? [itemsV4(http)] : []),
    ...(v3 ? [itemsV3(http)] : []),
    ...(v4 && build < V4_FROM.migrations ? [itemsV4(http)] : []),
  ];
  const [first = itemsV4(http)] = both;
  return {
    async items(kind, signal) {
      for (const api of both) {
        const list = await api.items(kind, signal);
        if (list !== undefined) return list;
      }
      return undefined;
    },
    async connection(name, signal) {
      const api = v4 ? itemsV4(http) : first;
      return api.connection(name, signal);
    },
    remove: (kind, item, signal) => first.remove(kind, item, signal),
  };
}

async function describe(http: FlowHttp, found: Found, signal: AbortSignal): Promise<readonly string[] | undefined> {
  for (const path of OPEN_API) {
    try {
      const answer = await http.call('GET', path, { signal });
      const document = JSON.parse(answer.text) as Record_;
      const paths = record(document.paths);
      if (paths === undefined) continue;
      const base = text(record((document.servers as unknown[] | undefined)?.[0]), 'url') ?? '';
      found.note('openApi', path);
      return Object.entries(paths).flatMap(([at, operations]) =>
        Object.keys(record(operations) ?? {}).map((method) => `${method.toUpperCase()} ${prefix(base)}${at}`),
      );
    } catch (error) {
      if (!(error instanceof SyntaxError) && !hasStatus(error, 400, 401, 403, 404, 405, 406)) throw error;
    }
  }
  found.note('openApi', 'nowhere');
  return undefined;
}

/** The path of the server's address, which may be a whole URL. */
function prefix(base: string): string {
  try {
    return new URL(base, 'http://localhost').pathname.replace(/\/+$/, '');
  } catch {
    return '/fmeapiv4';
  }
}
