import { beforeAll, describe, expect, it } from 'vitest';
import { BOTH, NEW, OLD, startSite, type TestSite } from './site.ts';

describe('section 1, which API on which server', () => {
  it('/fmeinfo/version lies outside both APIs and tells build number, string and release', async () => {
    const site = await startSite({ build: BOTH });
    const { status, json } = await site.call('GET', '/fmeinfo/version', { token: null });
    expect(status).toBe(200);
    expect(json).toEqual({
      buildNumber: 25606,
      buildString: 'FME Flow 2025.1 - Build 25606 - linux-x64',
      releaseYear: 2025,
      majorVersion: 1,
      minorVersion: 0,
      hotfixVersion: 0,
    });
  });

  it('/fmeinfo/version wants a login where the switch says so', async () => {
    const site = await startSite({ settings: { unknowns: { versionNeedsLogin: 'yes' } } });
    expect((await site.call('GET', '/fmeinfo/version', { token: null })).status).toBe(401);
    expect((await site.call('GET', '/fmeinfo/version')).status).toBe(200);
  });

  it('/fmerest/v3/info tells time, licence management, build, time zone and version', async () => {
    const site = await startSite({ build: OLD });
    const { json } = await site.call('GET', '/fmerest/v3/info');
    expect(json.build).toBe('FME Server 2023.0 - Build 23166 - linux-x64');
    expect(json.version).toBe('FME Server');
    expect(json.licenseManagement).toBe(true);
    expect(json.timeZone).toBe('+0000');
    expect(json.currentTime).toMatch(/^\w{3}-\d\d-\w{3}-\d{4} \d\d:\d\d:\d\d [AP]M$/);
  });

  it('parts of v4 are served from their builds on, and 404 before', async () => {
    const old = await startSite({ build: OLD });
    const both = await startSite({ build: BOTH });
    const latest = await startSite({ build: NEW });
    for (const path of [
      '/fmeapiv4/migrations/tasks',
      '/fmeapiv4/engines',
      '/fmeapiv4/jobs',
      '/fmeapiv4/license/status',
    ]) {
      expect([path, (await old.call('GET', path)).status]).toEqual([path, 404]);
      expect([path, (await both.call('GET', path)).status]).toEqual([path, 200]);
    }
    expect((await old.call('GET', '/fmeapiv4/healthcheck/liveness')).status).toBe(200);
    expect((await old.call('GET', '/fmeapiv4/repositories')).status).toBe(200);
    const job = { repository: 'Samples', workspace: 'austinApartments.fmw' };
    // The path is that of the list there, so the method is what is wrong.
    expect((await both.call('POST', '/fmeapiv4/jobs', { json: job })).status).toBe(405);
    expect((await latest.call('POST', '/fmeapiv4/jobs', { json: job })).status).toBe(202);
  });

  it('v3 is gone from build 26100 on, or served, as the switch says', async () => {
    const gone = await startSite({ build: NEW });
    const kept = await startSite({ build: NEW, settings: { unknowns: { v3FromBuild26100: 'served' } } });
    expect((await gone.call('GET', '/fmerest/v3/info')).status).toBe(404);
    expect((await kept.call('GET', '/fmerest/v3/info')).status).toBe(200);
  });

  it('a v4 URL that ends in a slash is 404; v3 does not mind', async () => {
    const site = await startSite();
    expect((await site.call('GET', '/fmeapiv4/engines/')).status).toBe(404);
    expect((await site.call('GET', '/fmerest/v3/schedules/')).status).toBe(200);
  });

  it('the v4 docs page is served, and the document behind it names exactly what this server has', async () => {
    const site = await startSite({ settings: { unknowns: { scheduleEnableV4: 'post-verb' } } });
    const page = await site.call('GET', '/fmeapiv4/docs/index.html', { token: null });
    expect(page.text).toContain('/fmeapiv4/openapi.json');
    const { json } = await site.call('GET', '/fmeapiv4/openapi.json', { token: null });
    expect(json.paths['/schedules/{category}/{name}/enable']).toHaveProperty('post');
    expect(json.paths['/jobs']).not.toHaveProperty('post');
    expect(json.paths['/migrations/tasks']).toHaveProperty('get');
  });

  it('v3 paging: limit and offset -1 give everything, and one without the other is refused', async () => {
    const site = await startSite();
    const all = await site.call('GET', '/fmerest/v3/repositories?limit=-1&offset=-1');
    expect(all.json).toMatchObject({ offset: -1, limit: -1, totalCount: 3 });
    const page = await site.call('GET', '/fmerest/v3/repositories?limit=2&offset=2');
    expect(page.json.items).toHaveLength(1);
    expect((await site.call('GET', '/fmerest/v3/repositories?limit=2')).status).toBe(422);
  });

  it('v4 paging: pages of 100 by default, with the total', async () => {
    const site = await startSite();
    for (let index = 0; index < 130; index += 1) site.store.put('topics', { name: `T${index}`, description: '' });
    const first = await site.call('GET', '/fmeapiv4/notifications/topics');
    expect(first.json).toMatchObject({ offset: 0, limit: 100, totalCount: 133 });
    expect(first.json.items).toHaveLength(100);
    const second = await site.call('GET', '/fmeapiv4/notifications/topics?offset=100&limit=100');
    expect(second.json.items).toHaveLength(33);
  });

  it('errors have a JSON body with a message', async () => {
    const site = await startSite();
    const { status, json } = await site.call('GET', '/fmeapiv4/repositories/none');
    expect(status).toBe(404);
    expect(json.message).toContain('none');
  });
});

describe('section 2, authentication', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite();
  });
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });

  it('both versions take `Authorization: fmetoken token=…` and refuse others with 401', async () => {
    for (const path of ['/fmerest/v3/info', '/fmeapiv4/engines']) {
      expect((await site.call('GET', path)).status).toBe(200);
      expect((await site.call('GET', path, { token: 'wrong' })).status).toBe(401);
      expect((await site.call('GET', path, { token: null })).status).toBe(401);
      const bearer = { authorization: 'Bearer secret-of-the-test' };
      expect((await site.call('GET', path, { headers: bearer })).status).toBe(401);
    }
  });

  it('v3 takes the token in the URL, v4 does not', async () => {
    expect((await site.call('GET', '/fmerest/v3/info?fmetoken=secret-of-the-test', { token: null })).status).toBe(200);
    expect((await site.call('GET', '/fmeapiv4/engines?fmetoken=secret-of-the-test', { token: null })).status).toBe(401);
  });

  it('v3 makes tokens with basic authentication and tells their expiry', async () => {
    const json = {
      restricted: false,
      name: 'cli',
      description: '',
      expirationTimeout: 60,
      user: 'admin',
      enabled: true,
    };
    const made = await site.call('POST', '/fmerest/v3/tokens', { headers: basic('admin', 'admin'), json });
    expect(made.status).toBe(201);
    expect(Date.parse(made.json.expirationDate)).toBeGreaterThan(Date.now());
    expect((await site.call('GET', '/fmerest/v3/info', { token: made.json.token })).status).toBe(200);
    const again = await site.call('POST', '/fmerest/v3/tokens', { headers: basic('admin', 'admin'), json });
    expect(again.status).toBe(409);
  });

  it('v4 makes tokens with basic authentication: 201 with token, expiration, owner and type', async () => {
    const json = { name: 'cli4', description: '', enabled: true, customPermissions: false, secondsToExpiry: 60 };
    const made = await site.call('POST', '/fmeapiv4/tokens', { headers: basic('admin', 'admin'), json });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ name: 'cli4', owner: 'admin', type: 'USER' });
    expect((await site.call('GET', '/fmeapiv4/engines', { token: made.json.token })).status).toBe(200);
  });

  it('lists tokens with their expiry and without their secret', async () => {
    for (const path of ['/fmerest/v3/tokens', '/fmeapiv4/tokens']) {
      const { json } = await site.call('GET', path);
      expect(json.items.map((token: { name: string }) => token.name)).toContain('test');
      expect(JSON.stringify(json)).not.toContain('secret-of-the-test');
    }
  });

  it('the token service generates a token from a form, as text or JSON', async () => {
    const form = { user: 'admin', password: 'admin', expiration: '1', timeunit: 'hour' };
    const plain = await site.call('POST', '/fmetoken/service/generate', { token: null, form });
    expect(plain.status).toBe(200);
    expect((await site.call('GET', '/fmerest/v3/info', { token: plain.text })).status).toBe(200);
    const json = await site.call('POST', '/fmetoken/generate.json', { token: null, form });
    expect(json.json.serviceResponse.token).toMatch(/^[0-9a-f]{40}$/);
    const wrong = await site.call('POST', '/fmetoken/service/generate', {
      token: null,
      form: { ...form, password: 'x' },
    });
    expect(wrong.status).toBe(401);
  });

  it('a bad password is 401, an expired token is 401, a token without rights is 403', async () => {
    expect((await site.call('GET', '/fmeinfo/version', { headers: basic('admin', 'wrong') })).status).toBe(200);
    expect((await site.call('GET', '/fmerest/v3/info', { headers: basic('admin', 'wrong') })).status).toBe(401);
    site.setFault('tokenExpired', true);
    expect((await site.call('GET', '/fmerest/v3/info')).status).toBe(401);
    site.setFault('tokenExpired', null);
    expect((await site.call('GET', '/fmerest/v3/info', { headers: basic('author', 'author') })).status).toBe(200);
    const denied = await site.call('GET', '/fmerest/v3/migration/tasks', { headers: basic('author', 'author') });
    expect(denied.status).toBe(403);
  });
});
