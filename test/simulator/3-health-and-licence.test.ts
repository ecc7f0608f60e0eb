import { beforeAll, describe, expect, it } from 'vitest';
import { BOTH, startSite, type TestSite, until } from './site.ts';

describe('section 3, health, info, licence, engines', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite({ build: BOTH, settings: { hostName: 'flow-a.example' } });
  });

  it('v3 healthcheck needs no login and says ok; ready wants running engines', async () => {
    const alive = await site.call('GET', '/fmerest/v3/healthcheck', { token: null });
    expect(alive).toMatchObject({ status: 200, json: { status: 'ok' } });
    const ready = await site.call('GET', '/fmerest/v3/healthcheck?ready=true', { token: null });
    expect(ready.json.status).not.toBe('ok');
    await site.service('start', 'engines');
    expect((await site.call('GET', '/fmerest/v3/healthcheck?ready=true')).json).toEqual({ status: 'ok' });
    await site.service('stop', 'engines');
    expect((await site.call('GET', '/fmerest/v3/healthcheck?textResponse=true')).text).toBe('ok');
  });

  it('v3 healthcheck may say 200 and not ok, and must then not be taken for healthy', async () => {
    site.setFault('unhealthy', 'status');
    const { status, json } = await site.call('GET', '/fmerest/v3/healthcheck', { token: null });
    expect([status, json.status]).toEqual([200, 'not ok']);
    site.setFault('unhealthy', null);
  });

  it('the older v3 probe healthcheck/simple answers', async () => {
    expect((await site.call('GET', '/fmerest/v3/healthcheck/simple', { token: null })).status).toBe(200);
  });

  it('v4 liveness is 200 with a message, and 503 when unhealthy', async () => {
    const alive = await site.call('GET', '/fmeapiv4/healthcheck/liveness', { token: null });
    expect(alive).toMatchObject({ status: 200, json: { status: 'ok', message: 'FME Server is healthy.' } });
    site.setFault('unhealthy', 'status');
    expect((await site.call('GET', '/fmeapiv4/healthcheck/liveness', { token: null })).status).toBe(503);
    site.setFault('unhealthy', 'quiet');
    const quiet = await site.call('GET', '/fmeapiv4/healthcheck/liveness', { token: null });
    expect([quiet.status, quiet.json.status]).toEqual([200, 'error']);
    site.setFault('unhealthy', null);
  });

  it('v4 readiness is 503 while no engine is connected', async () => {
    expect((await site.call('GET', '/fmeapiv4/healthcheck/readiness', { token: null })).status).toBe(503);
    await site.service('start', 'engines');
    expect((await site.call('GET', '/fmeapiv4/healthcheck/readiness', { token: null })).status).toBe(200);
    await site.service('stop', 'engines');
  });

  it('v3 and v4 tell the state of the licence in their own fields', async () => {
    const v3 = (await site.call('GET', '/fmerest/v3/licensing/license/status')).json;
    expect(v3).toMatchObject({
      expiryDate: 'PERMANENT',
      maximumEngines: 10,
      isLicensed: true,
      isLicenseExpired: false,
    });
    const v4 = (await site.call('GET', '/fmeapiv4/license/status')).json;
    expect(v4).toMatchObject({ licensed: true, expiration: 'PERMANENT', maximumEngines: 10, expired: false });
    expect(v4.serialNumber).toBe(v3.serialNumber);
    site.setFault('unlicensed', true);
    expect((await site.call('GET', '/fmeapiv4/license/status')).json.licensed).toBe(false);
    site.setFault('unlicensed', null);
  });

  it('a refresh of the licence is 202 and then polled, REQUESTING to SUCCESS', async () => {
    for (const [base, words] of [
      ['/fmerest/v3/licensing', ['REQUESTING', 'SUCCESS']],
      ['/fmeapiv4/license', ['requesting', 'success']],
    ] as const) {
      expect((await site.call('POST', `${base}/refresh`)).status).toBe(202);
      const seen: string[] = [];
      await until('the refresh', async () => {
        const { json } = await site.call('GET', `${base}/refresh/status`);
        seen.push(json.status);
        return json.status.toLowerCase() === 'success' ? true : undefined;
      });
      expect(seen).toEqual(words);
    }
  });

  it('both versions tell the same machine key, and another installation has another', async () => {
    const v3 = (await site.call('GET', '/fmerest/v3/licensing/machinekey')).json.machineKey;
    const v4 = (await site.call('GET', '/fmeapiv4/license/machinekey')).json.machineKey;
    expect(v3).toBe(v4);
    expect((await site.call('GET', '/fmerest/v3/licensing/systemcode')).json.systemCode).toBeTruthy();
    const other = await startSite({ site: 'south' });
    expect((await other.call('GET', '/fmeapiv4/license/machinekey')).json.machineKey).not.toBe(v4);
  });

  it('v3 and v4 list the engines with host, queues, job and build; none while their service is stopped', async () => {
    expect((await site.call('GET', '/fmeapiv4/engines')).json.totalCount).toBe(0);
    await site.service('start', 'engines');
    const v3 = (await site.call('GET', '/fmerest/v3/transformations/engines?queue=Default')).json.items;
    expect(v3[0]).toMatchObject({
      hostName: 'flow-a.example',
      assignedQueues: ['Default'],
      currentJobID: -1,
      buildNumber: BOTH,
    });
    const v4 = (await site.call('GET', '/fmeapiv4/engines')).json.items;
    expect(v4[0]).toMatchObject({ hostname: 'flow-a.example', state: 'idle', currentJobID: -1, type: 'standard' });
    expect(v4).toHaveLength(2);
    expect((await site.call('GET', '/fmerest/v3/transformations/engines?queue=None')).json.items).toEqual([]);
    await site.service('stop', 'engines');
  });

  it('engines do not connect without a valid licence', async () => {
    await site.service('start', 'engines');
    site.setFault('unlicensed', true);
    expect((await site.call('GET', '/fmeapiv4/engines')).json.items).toEqual([]);
    site.setFault('unlicensed', null);
    await site.service('stop', 'engines');
  });
});
