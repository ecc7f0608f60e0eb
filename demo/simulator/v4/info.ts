import { createRefresh, healthy, licenceOf } from '../api/health.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import type { Engine } from '../work/engines.ts';

const BASE = '/fmeapiv4';

function engineWire(site: Site, engine: Engine): unknown {
  const job = site.jobs.running().get(engine.name);
  return {
    name: engine.name,
    hostname: engine.host,
    engineManagerHostname: site.hostName(),
    platform: 'linux-x64',
    currentJobID: job ?? -1,
    buildNumber: site.build,
    type: 'standard',
    state: job === undefined ? 'idle' : 'running_job',
    assignedQueues: engine.queues,
    registrationProperties: ['Standard', engine.host, engine.name, String(site.build), 'linux-x64'],
    hostProperties: { physicalMemory: 0, processorCount: 0 },
  };
}

/** Health, licence and engines in REST v4. */
export function infoV4(site: Site): Route[] {
  const health = { access: 'none', when: v4From(site, 'healthcheck') } as const;
  const licence = { access: 'admin', when: v4From(site, 'license') } as const;
  const refresh = createRefresh(site);
  const check = (ready: boolean) => () => {
    const ok = healthy(site, ready);
    const status = ok || site.faults.get('unhealthy') === 'quiet' ? 200 : 503;
    const what = ready ? 'ready to process jobs' : 'healthy';
    return json(status, {
      status: ok ? 'ok' : 'error',
      message: ok ? `FME Server is ${what}.` : `FME Server is not ${what}.`,
    });
  };
  return [
    route('GET', `${BASE}/healthcheck/liveness`, health, check(false)),
    route('GET', `${BASE}/healthcheck/readiness`, health, check(true)),
    route('GET', `${BASE}/license/status`, licence, () => {
      const now = licenceOf(site);
      return json(200, {
        licensed: now.licensed,
        expiration: now.expiration,
        maximumEngines: now.maximumEngines,
        expired: now.expired,
        serialNumber: site.identity.serialNumber,
        maximumAuthors: 10,
      });
    }),
    route('GET', `${BASE}/license/machinekey`, licence, () => json(200, { machineKey: site.identity.machineKey })),
    route('POST', `${BASE}/license/refresh`, licence, () => {
      refresh.begin();
      return empty(202);
    }),
    route('GET', `${BASE}/license/refresh/status`, licence, () => {
      const { state, message } = refresh.look();
      return json(200, { status: state, message });
    }),
    route('GET', `${BASE}/engines`, { when: v4From(site, 'engines'), query: PAGING }, (request) => {
      const page = pageV4(site, request, site.engines.list());
      return json(200, { ...page, items: page.items.map((engine) => engineWire(site, engine)) });
    }),
  ];
}
