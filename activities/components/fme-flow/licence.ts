import { setTimeout as delay } from 'node:timers/promises';
import { failure } from '../../failure.ts';
import type { Licence, LicenceApi } from './api.ts';
import { number, type Record_, text, truth } from './fields.ts';
import type { FlowHttp } from './http.ts';

const LOOKS = 60;
const PAUSE = 500;

/** The licence, which both versions of the API offer alike under another path. */
export function createLicence(http: FlowHttp, paths: { base: string; status: string }): LicenceApi {
  return {
    async machineKey(signal) {
      const body = (await http.call('GET', `${paths.base}/machinekey`, { signal })).json<Record_>();
      const key = text(body, 'machineKey', 'machinekey');
      if (key === undefined || key === '')
        throw failure('Unavailable', `${http.url} did not tell the machine key of its licence`);
      return key;
    },
    async licence(signal) {
      const body = (await http.call('GET', `${paths.base}${paths.status}`, { signal })).json<Record_>();
      return read(body);
    },
    async refresh(signal) {
      await http.call('POST', `${paths.base}/refresh`, { signal, expect: [200, 202, 204], repeatable: true });
      for (let look = 0; look < LOOKS; look++) {
        const answer = await http.call('GET', `${paths.base}/refresh/status`, { signal });
        const status = text(answer.json<Record_>(), 'status') ?? '';
        if (!/^requesting$/i.test(status)) return /^success$/i.test(status);
        await delay(PAUSE, undefined, { signal });
      }
      return false;
    },
  };
}

function read(body: Record_): Licence {
  return {
    valid: (truth(body, 'licensed', 'isLicensed') ?? false) && !(truth(body, 'expired', 'isLicenseExpired') ?? false),
    expires: text(body, 'expiration', 'expiryDate') ?? 'not told',
    engines: number(body, 'maximumEngines') ?? 0,
  };
}
