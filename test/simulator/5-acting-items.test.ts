import { beforeAll, describe, expect, it } from 'vitest';
import { NEW, publish, schedule, startSite, type TestSite, until } from './site.ts';

const SCHEDULES = '/fmerest/v3/schedules';
const WORKFLOWS = '/fmerest/v3/automations/workflows';

describe('section 5, schedules', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite();
  });

  it('v3 lists schedules with category, name and request.publishedParameters, filtered by category', async () => {
    await site.call('POST', SCHEDULES, {
      json: schedule('listed', { request: { publishedParameters: [{ name: 'A', value: 'b' }] } }),
    });
    const { json } = await site.call('GET', `${SCHEDULES}?limit=-1&offset=-1&includeAutomations=false&category=Tests`);
    expect(json.items).toHaveLength(1);
    expect(json.items[0]).toMatchObject({
      category: 'Tests',
      name: 'listed',
      request: { publishedParameters: [{ name: 'A', value: 'b' }] },
    });
    // The two of the installation itself are there too.
    expect((await site.call('GET', SCHEDULES)).json.totalCount).toBe(3);
  });

  it('v3 PUT takes the whole object as JSON, with `enabled` in it; a part of it is refused', async () => {
    await site.call('POST', SCHEDULES, { json: schedule('put') });
    const { json } = await site.call('GET', `${SCHEDULES}/Tests/put`);
    expect((await site.call('PUT', `${SCHEDULES}/Tests/put`, { json: { enabled: false } })).status).toBe(422);
    expect((await site.call('PUT', `${SCHEDULES}/Tests/put`, { json: { ...json, enabled: false } })).status).toBe(200);
    expect((await site.call('GET', `${SCHEDULES}/Tests/put`)).json).toEqual({ ...json, enabled: false });
    expect((await site.call('PUT', `${SCHEDULES}/Tests/put`, { json: { ...json, colour: 1 } })).status).toBe(422);
    expect((await site.call('PUT', `${SCHEDULES}/Tests/none`, { json })).status).toBe(404);
  });

  it('v3 POST makes a schedule once, for a workspace that exists; DELETE removes it with 204', async () => {
    expect((await site.call('POST', SCHEDULES, { json: schedule('once') })).status).toBe(201);
    expect((await site.call('POST', SCHEDULES, { json: schedule('once') })).status).toBe(409);
    expect((await site.call('POST', SCHEDULES, { json: schedule('x', { workspace: 'no.fmw' }) })).status).toBe(422);
    expect((await site.call('DELETE', `${SCHEDULES}/Tests/once`)).status).toBe(204);
    expect((await site.call('GET', `${SCHEDULES}/Tests/once`)).status).toBe(404);
  });
});

describe('section 5, how schedules and automations are enabled is unknown: each switch has one way that works', () => {
  const whole = async (site: TestSite, path: string, enabled: boolean) => {
    const { json } = await site.call('GET', path);
    return site.call('PUT', path, { json: { ...json, enabled } });
  };
  const ways: Record<string, (site: TestSite, path: string, enabled: boolean) => Promise<{ status: number }>> = {
    'put-object': whole,
    'put-enabled': (site, path, enabled) => site.call('PUT', `${path}/enabled`, { form: { value: String(enabled) } }),
    'post-verb': (site, path, enabled) => site.call('POST', `${path}/${enabled ? 'enable' : 'disable'}`),
    'post-start': (site, path, enabled) => site.call('POST', `${path}/${enabled ? 'start' : 'stop'}`),
    patch: (site, path, enabled) => site.call('PATCH', path, { json: { enabled } }),
  };
  const tried = async (site: TestSite, path: string): Promise<string[]> => {
    const working: string[] = [];
    for (const [name, way] of Object.entries(ways)) {
      for (const enabled of [true, false]) {
        await way(site, path, enabled);
        const now = (await site.call('GET', path)).json.enabled;
        if (!enabled && now === false && (await way(site, path, true)).status < 300) {
          if ((await site.call('GET', path)).json.enabled === true) working.push(name);
        }
      }
    }
    return working;
  };

  it.each([
    ['scheduleEnableV3', '/fmerest/v3/schedules/Tests/s', ['put-object', 'put-enabled', 'none']],
    ['scheduleEnableV4', '/fmeapiv4/schedules/Tests/s', ['put-object', 'post-verb', 'patch', 'none']],
    ['automationEnableV3', `${WORKFLOWS}/auto-1`, ['post-verb', 'put-object', 'post-start', 'none']],
    ['automationEnableV4', '/fmeapiv4/automations/auto-1', ['post-verb', 'put-object', 'post-start', 'patch', 'none']],
    ['streamEnable', '/fmeapiv4/streams/stream-1', ['post-start', 'put-object', 'none']],
  ])('%s', async (name, path, values) => {
    for (const value of values) {
      const site = await startSite({ settings: { unknowns: { [name]: value } } });
      await site.call('POST', SCHEDULES, { json: schedule('s') });
      await site.call('POST', WORKFLOWS, { json: { id: 'auto-1', name: 'a' } });
      await site.call('POST', '/fmeapiv4/streams', { json: { id: 'stream-1', name: 's' } });
      expect([value, await tried(site, path)]).toEqual([value, value === 'none' ? [] : [value]]);
    }
  });

  it('publications cannot be disabled, or by PUT of the object, as the switch says', async () => {
    for (const value of ['none', 'put-object']) {
      const site = await startSite({ settings: { unknowns: { publicationEnable: value } } });
      const json = { name: 'p', publisher: 'dirwatch' };
      await site.call('POST', '/fmerest/v3/notifications/publications', { json });
      const path = '/fmerest/v3/notifications/publications/p';
      const item = (await site.call('GET', path)).json;
      await site.call('PUT', path, { json: { ...item, enabled: false } });
      expect(site.store.get('publications', 'p')?.enabled).toBe(value === 'none');
    }
  });
});

describe('section 5, automations and notifications', () => {
  it('v3 lists automations with id and userName, and tells tags, status and log', async () => {
    const site = await startSite();
    await site.call('POST', WORKFLOWS, { json: { id: 'a-1', name: 'one', tags: ['red'] } });
    const { json } = await site.call('GET', WORKFLOWS);
    expect(json.items[0]).toMatchObject({ id: 'a-1', name: 'one', userName: 'admin', enabled: true });
    expect((await site.call('GET', `${WORKFLOWS}/tags`)).json.items).toEqual(['red']);
    expect((await site.call('GET', `${WORKFLOWS}/a-1/status`)).json.status).toBe('RUNNING');
    expect((await site.call('GET', `${WORKFLOWS}/a-1/log`)).status).toBe(200);
    expect((await site.call('GET', `${WORKFLOWS}/none`)).status).toBe(404);
  });

  it.each([
    ['v3', `${WORKFLOWS}/a-1/hook-1/message`],
    ['v4', '/fmeapiv4/automations/a-1/hook-1/message'],
  ])('%s: outside systems call an automation webhook without a token', async (_version, path) => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    const json = { id: 'a-1', name: 'one', webhooks: ['hook-1'], repository: 'Jobs', workspace: 'write.fmw' };
    await site.call('POST', WORKFLOWS, { json });
    const called = await site.call('POST', path, { token: null, json: { NONCE: 'from outside' } });
    expect(called.status).toBe(202);
    expect(site.parts.jobs.get(called.json.id)).toMatchObject({ source: { type: 'automations', name: 'one' } });
    expect((await site.call('POST', path.replace('hook-1', 'hook-2'), { token: null })).status).toBe(404);
    await site.call('POST', `${WORKFLOWS}/a-1/disable`);
    expect((await site.call('POST', path, { token: null })).status).toBe(422);
  });

  it('v3 webhooks break when v3 goes', async () => {
    const site = await startSite({ build: NEW });
    expect((await site.call('POST', `${WORKFLOWS}/a-1/hook-1/message`, { token: null })).status).toBe(404);
  });

  it.each(['/fmerest/v3/notifications', '/fmeapiv4/notifications'])(
    '%s: publications, subscriptions and topics are read, made, replaced and deleted',
    async (base) => {
      const site = await startSite();
      const items = {
        publications: { name: 'n', publisher: 'dirwatch', topics: ['SAMPLE_TOPIC'] },
        subscriptions: { name: 'n', subscriber: 'email', topics: ['SAMPLE_TOPIC'] },
        topics: { name: 'n' },
      };
      for (const [kind, json] of Object.entries(items)) {
        expect((await site.call('POST', `${base}/${kind}`, { json })).status).toBe(201);
        expect((await site.call('POST', `${base}/${kind}`, { json })).status).toBe(409);
        const changed = { ...json, description: 'changed' };
        expect((await site.call('PUT', `${base}/${kind}/n`, { json: changed })).status).toBe(200);
        expect((await site.call('GET', `${base}/${kind}/n`)).json.description).toBe('changed');
        expect((await site.call('DELETE', `${base}/${kind}/n`)).status).toBe(204);
        expect((await site.call('GET', `${base}/${kind}/n`)).status).toBe(404);
      }
      expect((await site.call('GET', `${base}/publishers`)).json.totalCount).toBeGreaterThan(0);
      expect((await site.call('GET', `${base}/subscribers`)).json.totalCount).toBeGreaterThan(0);
    },
  );

  it('a message to a topic runs the workspace that is subscribed to it', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    const run = { repository: 'Jobs', workspace: 'write.fmw' };
    const json = { name: 'S', subscriber: 'fmeworkspace', topics: ['SAMPLE_TOPIC'], run };
    await site.call('POST', '/fmerest/v3/notifications/subscriptions', { json });
    await site.call('POST', '/fmerest/v3/notifications/topics/SAMPLE_TOPIC/message', { json: {} });
    const job = await until('the job', () => site.parts.jobs.list()[0]);
    expect(job.source).toMatchObject({ type: 'workspaceSubscriptions', name: 'S' });
  });
});
