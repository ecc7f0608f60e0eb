import { beforeAll, describe, expect, it } from 'vitest';
import { NEW, publish, startSite, type TestSite, until } from './site.ts';

const V3 = '/fmerest/v3/transformations';
const V4 = '/fmeapiv4/jobs';
const HOLD = { publishedParameters: [{ name: 'DURATION_MS', value: '60000' }] };

async function endOf(site: TestSite, id: number) {
  return until(`job ${id}`, () => {
    const job = site.parts.jobs.get(id);
    return job?.finished === undefined ? undefined : job;
  });
}

describe('section 5, jobs in v3', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite();
    await publish(site, 'Jobs', 'write.fmw', 'smoke.fmw', 'fail.fmw', 'other.fmw');
    await site.service('start', 'engines');
  });
  const submit = (workspace: string, json: unknown = {}) =>
    site.call('POST', `${V3}/submit/Jobs/${workspace}`, { json });

  it('submit answers 202 with the id; 404 for no such workspace; 422 for bad parameters', async () => {
    const done = await submit('write.fmw', { publishedParameters: [{ name: 'NONCE', value: 'n-1' }] });
    expect(done.status).toBe(202);
    expect((await endOf(site, done.json.id)).state).toBe('success');
    expect((await submit('none.fmw')).status).toBe(404);
    expect((await submit('write.fmw', { publishedParameters: [{ name: 'COLOUR', value: 'red' }] })).status).toBe(422);
    expect((await submit('write.fmw', { publishedParameters: { NONCE: 'n' } })).status).toBe(422);
    expect((await submit('write.fmw', { TMDirectives: { tag: 'NoQueue' } })).status).toBe(422);
    expect((await site.call('POST', `${V3}/submit/Jobs/write.fmw`, { form: { NONCE: 'n' } })).status).toBe(415);
  });

  it('submit takes the directives rtc, ttc, ttl, tag, description, and topics; the job shows them again', async () => {
    await site.service('stop', 'engines');
    const TMDirectives = { rtc: true, ttc: 60, ttl: 120, tag: 'Default' };
    const NMDirectives = { successTopics: ['JOBS_DONE'], failureTopics: ['JOBS_FAILED', 'ALARM'] };
    const { json } = await submit('other.fmw', {
      TMDirectives: { ...TMDirectives, description: 'with all of it' },
      NMDirectives,
    });
    const shown = (await site.call('GET', `${V3}/jobs/id/${json.id}`)).json;
    expect(shown).toMatchObject({ description: 'with all of it', request: { TMDirectives, NMDirectives } });
    for (const unknown of [{ TMDirectives: { prio: 1 } }, { NMDirectives: { topics: ['JOBS_DONE'] } }])
      expect((await submit('other.fmw', unknown)).status).toBe(422);
    await site.call('DELETE', `${V3}/jobs/queued/${json.id}`);
    await site.service('start', 'engines');
  });

  it('transact answers 200 with the result, and 422 when the job failed', async () => {
    const done = await site.call('POST', `${V3}/transact/Jobs/smoke.fmw`, { json: {} });
    expect(done).toMatchObject({
      status: 200,
      json: { status: 'SUCCESS', statusMessage: 'Translation Successful', numFeaturesOutput: 1 },
    });
    const failed = await site.call('POST', `${V3}/transact/Jobs/fail.fmw`, { json: {} });
    expect([failed.status, failed.json.status]).toEqual([422, 'FME_FAILURE']);
  });

  it('lists are active, queued, running and completed, with filters', async () => {
    await site.service('stop', 'engines');
    const { json } = await submit('other.fmw', { TMDirectives: { description: 'waiting' } });
    const list = async (name: string, query = '') => {
      const page = await site.call('GET', `${V3}/jobs/${name}${query}`);
      return page.json.items.map((job: { id: number; status: string }) => [job.id, job.status]);
    };
    expect(await list('queued')).toEqual([[json.id, 'QUEUED']]);
    expect(await list('active')).toEqual([[json.id, 'QUEUED']]);
    expect(await list('running')).toEqual([]);
    expect(await list('queued', '?repository=Jobs&workspace=write.fmw')).toEqual([]);
    expect(await list('queued', '?userName=admin&workspace=other.fmw')).toHaveLength(1);
    expect((await site.call('GET', `${V3}/jobs/queued?colour=red`)).status).toBe(422);
    expect(await list('completed', '?workspace=write.fmw')).not.toEqual([]);
    const one = (await site.call('GET', `${V3}/jobs/id/${json.id}`)).json;
    expect(one).toMatchObject({
      status: 'QUEUED',
      description: 'waiting',
      request: { TMDirectives: { tag: 'Default' } },
    });
    expect((await site.call('DELETE', `${V3}/jobs/queued/${json.id}`)).status).toBe(204);
    await site.service('start', 'engines');
  });

  it('DELETE of a queued and of a running job is 204, of an unknown one 404', async () => {
    const running = (await submit('other.fmw', HOLD)).json.id;
    await until('the job to run', () => site.parts.jobs.get(running)?.state === 'running' || undefined);
    const listed = (await site.call('GET', `${V3}/jobs/running`)).json.items;
    expect(listed[0]).toMatchObject({ id: running, status: 'PULLED' });
    expect((await site.call('DELETE', `${V3}/jobs/queued/${running}`)).status).toBe(404);
    expect((await site.call('DELETE', `${V3}/jobs/running/${running}`)).status).toBe(204);
    expect((await site.call('GET', `${V3}/jobs/id/${running}`)).json.status).toBe('ABORTED');
    await site.service('stop', 'engines');
    const queued = (await submit('other.fmw')).json.id;
    expect((await site.call('DELETE', `${V3}/jobs/queued/${queued}`)).status).toBe(204);
    expect((await site.call('GET', `${V3}/jobs/id/${queued}`)).json.status).toBe('DELETED');
    expect((await site.call('DELETE', `${V3}/jobs/queued/${queued}`)).status).toBe(404);
    await site.service('start', 'engines');
  });

  it('the log of a smoke job tells which installation ran it', async () => {
    const { json } = await site.call('POST', `${V3}/transact/Jobs/smoke.fmw`, {
      json: { publishedParameters: [{ name: 'NONCE', value: 'n-7' }] },
    });
    const { text } = await site.call('GET', `${V3}/jobs/id/${json.id}/log`);
    const facts = JSON.parse(text.split('SMOKE ')[1] ?? '');
    expect(facts).toMatchObject({ site: 'north', machineKey: site.machineKey, queue: 'Default', nonce: 'n-7' });
  });
});

describe('section 5, jobs in v4', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite({
      build: NEW,
      settings: { unknowns: { v3FromBuild26100: 'served', jobDetailsV4: 'shown' } },
    });
    await publish(site, 'Jobs', 'write.fmw', 'smoke.fmw', 'fail.fmw', 'other.fmw');
    await site.service('start', 'engines');
  });
  const job = (workspace: string, more: object = {}) => ({ repository: 'Jobs', workspace, ...more });

  it('POST answers 202 with the id, with parameters as an object', async () => {
    const json = job('write.fmw', { publishedParameters: { NONCE: 'n-1' }, queue: 'Default', maxJobRuntime: 60 });
    const done = await site.call('POST', V4, { json });
    expect(done.status).toBe(202);
    expect((await endOf(site, done.json.id)).state).toBe('success');
    const list = job('write.fmw', { publishedParameters: [{ name: 'NONCE', value: 'n' }] });
    expect((await site.call('POST', V4, { json: list })).status).toBe(400);
    expect((await site.call('POST', V4, { json: job('none.fmw') })).status).toBe(404);
  });

  it('POST takes directives, successTopics, failureTopics, maxJobRuntime, maxTimeInQueue; the job shows them again', async () => {
    await site.service('stop', 'engines');
    const given = {
      directives: { understudy: 'a key' },
      successTopics: ['JOBS_DONE'],
      failureTopics: ['JOBS_FAILED', 'ALARM'],
      maxJobRuntime: 60,
      maxTimeInQueue: 120,
    };
    const { json } = await site.call('POST', V4, { json: job('other.fmw', given) });
    expect((await site.call('GET', `${V4}/${json.id}`)).json).toMatchObject(given);
    for (const unknown of [{ TMDirectives: {} }, { maxTimeInQueue: '2m' }])
      expect((await site.call('POST', V4, { json: job('other.fmw', unknown) })).status).toBe(400);
    await site.call('POST', `${V4}/${json.id}/cancel`);
    await site.service('start', 'engines');
  });

  it('POST …/sync answers when the job has ended', async () => {
    const done = await site.call('POST', `${V4}/sync`, { json: job('smoke.fmw') });
    expect(done).toMatchObject({ status: 200, json: { status: 'SUCCESS', statusMessage: 'Translation Successful' } });
  });

  it('lists by repeated status, the open and the completed ones in separate calls', async () => {
    await site.service('stop', 'engines');
    const waiting = (await site.call('POST', V4, { json: job('other.fmw') })).json.id;
    const open = (await site.call('GET', `${V4}?status=queued&status=running`)).json;
    expect(open.items).toMatchObject([{ id: waiting, status: 'queued', queue: 'Default' }]);
    const done = (await site.call('GET', `${V4}?status=success&status=failure&status=cancelled`)).json;
    expect(done.items.length).toBeGreaterThan(0);
    // Which engine ran a job is told by its name, and can be asked for.
    expect(open.items[0].engineName).toBe('');
    const { engineName } = done.items[0];
    expect(engineName).toMatch(/./);
    const by = async (name: string) =>
      (await site.call('GET', `${V4}?status=success&status=failure&status=cancelled&engineName=${name}`)).json.items;
    expect((await by(engineName)).length).toBeGreaterThan(0);
    expect(await by('no-such-engine')).toEqual([]);
    expect((await site.call('GET', `${V4}?status=queued&status=success`)).status).toBe(400);
    expect((await site.call('GET', `${V4}?status=done`)).status).toBe(400);
    expect((await site.call('GET', `${V4}?sort=workspace_asc&queue=Default`)).status).toBe(200);
    expect((await site.call('GET', `${V4}/${waiting}`)).json.status).toBe('queued');
    expect((await site.call('POST', `${V4}/${waiting}/cancel`)).status).toBe(204);
    await site.service('start', 'engines');
  });

  it('cancel is 204; 422 with a message for a job that is complete or unknown', async () => {
    const running = (
      await site.call('POST', V4, { json: job('other.fmw', { publishedParameters: { DURATION_MS: '60000' } }) })
    ).json.id;
    await until('the job to run', () => site.parts.jobs.get(running)?.state === 'running' || undefined);
    expect((await site.call('POST', `${V4}/${running}/cancel`)).status).toBe(204);
    const again = await site.call('POST', `${V4}/${running}/cancel`);
    expect([again.status, again.json.message]).toEqual([
      422,
      `Job "${running}" is already complete and cannot be cancelled.`,
    ]);
    expect((await site.call('POST', `${V4}/9999/cancel`)).status).toBe(422);
    expect((await site.call('GET', `${V4}/${running}`)).json.status).toBe('cancelled');
  });

  it('connections are listed, made and read by name, never with their secrets', async () => {
    const json = { name: 'db', category: 'database', type: 'PostgreSQL', username: 'u', password: 'top-secret' };
    expect((await site.call('POST', '/fmeapiv4/connections', { json })).status).toBe(201);
    expect((await site.call('POST', '/fmeapiv4/connections', { json })).status).toBe(409);
    const list = await site.call('GET', '/fmeapiv4/connections?categories=database');
    expect(list.json.items).toMatchObject([{ name: 'db', type: 'PostgreSQL', owner: 'admin' }]);
    const one = await site.call('GET', '/fmeapiv4/connections/db');
    expect(one.status).toBe(200);
    expect(list.text + one.text).not.toContain('top-secret');
    expect((await site.call('GET', '/fmeapiv4/connections/none')).status).toBe(404);
  });
});
