import { createRefresh, healthy, licenceOf } from '../api/health.ts';
import { versionOf } from '../api/version.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { empty, HttpError, json, text } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import { logTime } from '../migration/task.ts';
import type { Site } from '../site.ts';
import type { Engine } from '../work/engines.ts';

const BASE = '/fmerest/v3';

function engineWire(site: Site, engine: Engine): unknown {
  return {
    hostName: engine.host,
    assignedQueues: engine.queues,
    resultFailureCount: 0,
    instanceName: engine.name,
    registrationProperties: ['Standard', engine.host, engine.name, String(site.build), 'linux-x64'],
    engineManagerNodeName: site.hostName(),
    maxTransactionResultFailure: 10,
    type: 'STANDARD',
    buildNumber: site.build,
    platform: 'linux-x64',
    resultSuccessCount: 0,
    maxTransactionResultSuccess: 100,
    assignedStreams: [],
    transactionPort: 7070,
    currentJobID: site.jobs.running().get(engine.name) ?? -1,
  };
}

/** Health, information, licence and engines in REST v3. */
export function infoV3(site: Site): Route[] {
  const refresh = createRefresh(site);
  return [
    route('GET', `${BASE}/healthcheck`, { access: 'none', query: ['ready', 'textResponse'] }, ({ query }) => {
      for (const name of ['ready', 'textResponse']) {
        if (!['true', 'false', null].includes(query.get(name))) throw new HttpError(422, `${name} is true or false.`);
      }
      const ok = healthy(site, query.get('ready') === 'true');
      const quiet = site.faults.get('unhealthy') === 'quiet' || site.unknowns().unhealthyV3 === '200';
      const status = ok || quiet ? 200 : 503;
      const word = ok ? 'ok' : 'not ok';
      return query.get('textResponse') === 'true' ? text(status, word) : json(status, { status: word });
    }),
    route('GET', `${BASE}/healthcheck/simple`, { access: 'none' }, () => {
      const ok = healthy(site, false);
      return text(ok ? 200 : 503, ok ? 'ok' : 'not ok');
    }),
    route('GET', `${BASE}/info`, {}, () => {
      const timeZone = site.faults.get('timeZone') ?? site.settings().timeZone;
      const { buildString } = versionOf(site.build);
      return json(200, {
        currentTime: logTime(site.now(), timeZone, false),
        licenseManagement: true,
        build: buildString,
        timeZone,
        version: buildString.split(' ').slice(0, 2).join(' '),
      });
    }),
    route('GET', `${BASE}/licensing/license/status`, { access: 'admin' }, () => {
      const licence = licenceOf(site);
      return json(200, {
        expiryDate: licence.expiration,
        maximumEngines: licence.maximumEngines,
        serialNumber: site.identity.serialNumber,
        isLicenseExpired: licence.expired,
        isLicensed: licence.licensed,
        maximumAuthors: 10,
      });
    }),
    route('GET', `${BASE}/licensing/machinekey`, { access: 'admin' }, () =>
      json(200, { machineKey: site.identity.machineKey }),
    ),
    route('GET', `${BASE}/licensing/systemcode`, { access: 'admin' }, () =>
      json(200, { systemCode: site.identity.systemCode }),
    ),
    route('POST', `${BASE}/licensing/refresh`, { access: 'admin' }, () => {
      refresh.begin();
      return empty(202);
    }),
    route('GET', `${BASE}/licensing/refresh/status`, { access: 'admin' }, () => {
      const { state, message } = refresh.look();
      return json(200, { status: state.toUpperCase(), message });
    }),
    route('GET', `${BASE}/transformations/engines`, { query: [...PAGING, 'queue'] }, (request) => {
      const queue = request.query.get('queue');
      const engines = site.engines.list().filter((engine) => queue === null || engine.queues.includes(queue));
      const page = pageV3(site, request, engines);
      return json(200, { ...page, items: page.items.map((engine) => engineWire(site, engine)) });
    }),
  ];
}
