import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLedger } from '../../demo/simulator/work/ledger.ts';
import { ensureBuilt, servicesCommand, startMachine } from './process.ts';
import { callUrl, publish, schedule, scratch, startSite, TOKEN, until } from './site.ts';

const SUBMIT = '/fmerest/v3/transformations/submit/Samples/austinApartments.fmw';

describe('a machine as a process', () => {
  beforeAll(ensureBuilt, 120_000);

  it('keeps what it acknowledged over kill -9, and boots with the core but without the engines', async () => {
    const state = scratch();
    const settings = join(state, 'settings.json');
    const ledger = join(state, 'ledger.jsonl');
    writeFileSync(settings, JSON.stringify({ tokens: [{ name: 'test', token: TOKEN }] }));
    const flags = ['--settings', settings, '--ledger', ledger, '--build', '25606'];
    const first = await startMachine('north', state, ...flags);
    const keyOf = async (url: string) => (await callUrl(url, 'GET', '/fmeapiv4/license/machinekey')).json.machineKey;
    const key = await keyOf(first.url);
    expect(await servicesCommand(state, 'start', 'engines')).toMatchObject({
      code: 0,
      json: { service: 'engines', state: 'running', running: true, startsWithMachine: false },
    });
    const made = await callUrl(first.url, 'POST', '/fmerest/v3/schedules', { json: schedule('kept') });
    const job = await callUrl(first.url, 'POST', '/fmerest/v3/transformations/transact/Samples/austinApartments.fmw', {
      json: {},
    });
    await servicesCommand(state, 'stop', 'engines');
    const queued = await callUrl(first.url, 'POST', SUBMIT, { json: {} });
    expect([made.status, job.status, queued.status]).toEqual([201, 200, 202]);
    await servicesCommand(state, 'start', 'engines');
    await until('the second job', () => readLedger(ledger).length === 2 || undefined);
    await servicesCommand(state, 'stop', 'engines');
    const last = await callUrl(first.url, 'POST', SUBMIT, { json: {} });
    expect(last.status).toBe(202);
    await servicesCommand(state, 'start', 'core');
    await first.kill();

    // With the machine off everything is stopped, and nothing can be started.
    expect((await servicesCommand(state, 'status', 'core')).json).toMatchObject({
      state: 'stopped',
      startsWithMachine: true,
    });
    expect(await servicesCommand(state, 'start', 'engines')).toMatchObject({ code: 1 });

    const second = await startMachine('north', state, ...flags);
    expect(await keyOf(second.url)).toBe(key);
    expect((await callUrl(second.url, 'GET', '/fmerest/v3/schedules/Tests/kept')).status).toBe(200);
    expect((await servicesCommand(state, 'status', 'engines')).json).toMatchObject({ state: 'stopped' });
    const jobs = await callUrl(second.url, 'GET', '/fmerest/v3/transformations/jobs/queued');
    expect(jobs.json.items.map((each: { id: number }) => each.id)).toEqual([last.json.id]);
    expect(readLedger(ledger)).toHaveLength(2);
    await second.kill();
  });

  it('the services command says what is wrong with its arguments', async () => {
    expect(await servicesCommand(scratch(), 'restart', 'engines')).toMatchObject({ code: 2 });
    expect((await servicesCommand(scratch(), 'status', 'engines')).json).toMatchObject({ state: 'stopped' });
  });
});

describe('services', () => {
  it('engines start with the machine only when they are enabled, or the settings say so', async () => {
    const state = scratch();
    const first = await startSite({ state });
    expect((await first.service('status', 'engines')).state).toBe('stopped');
    await first.service('enable', 'engines');
    expect((await first.service('status', 'engines')).state).toBe('stopped');
    await first.kill();
    const second = await startSite({ state });
    expect(await second.service('status', 'engines')).toMatchObject({ state: 'running', startsWithMachine: true });
    await second.service('disable', 'engines');
    await second.kill();
    const third = await startSite({ state });
    expect((await third.service('status', 'engines')).state).toBe('stopped');
    const eager = await startSite({ settings: { enginesStartWithMachine: true } });
    expect((await eager.service('status', 'engines')).state).toBe('running');
  });

  it('a stopped core refuses HTTP, and comes back on the same port', async () => {
    const site = await startSite();
    const { url } = site;
    await site.service('stop', 'core');
    await expect(site.call('GET', '/fmeinfo/version')).rejects.toThrow();
    expect(await site.service('status', 'core')).toMatchObject({ state: 'stopped', running: false });
    await site.service('start', 'core');
    expect(site.url).toBe(url);
    expect((await site.call('GET', '/fmeinfo/version')).status).toBe(200);
  });

  it('stopping the core kills an unfinished migration task', async () => {
    const site = await startSite({ settings: { backupMs: 60_000 } });
    const form = { exportPackage: 'p', resourceName: 'FME_SHAREDRESOURCE_BACKUP' };
    await site.call('POST', '/fmerest/v3/migration/backup/resource', { form });
    await site.service('stop', 'core');
    await site.service('start', 'core');
    const { json } = await site.call('GET', '/fmerest/v3/migration/tasks/id/1');
    expect(json.status).toBe('FAILED');
    expect(json.finishedDate).toBeDefined();
  });

  it.each([
    ['failed', 'FAILED'],
    ['running', 'RUNNING'],
    ['gone', undefined],
  ])('after a power cut an unfinished task is %s, as the switch says', async (how, word) => {
    const state = scratch();
    const settings = { backupMs: 60_000, unknowns: { tasksAfterRestart: how } };
    const first = await startSite({ state, settings });
    const form = { exportPackage: 'p', resourceName: 'FME_SHAREDRESOURCE_BACKUP' };
    await first.call('POST', '/fmerest/v3/migration/backup/resource', { form });
    await until('the task to run', () => first.parts.migration.get(1)?.state === 'running' || undefined);
    await first.parts.migration.flush();
    await first.kill();
    const second = await startSite({ state, settings });
    const { json } = await second.call('GET', '/fmerest/v3/migration/tasks');
    expect(json.items[0]?.status).toBe(word);
  });

  it('the services status tells since when a service runs', async () => {
    const site = await startSite();
    const before = (await site.service('status', 'core')).since;
    await site.service('stop', 'core');
    await until('a later millisecond', () => Date.now() > Date.parse(before ?? '') || undefined);
    await site.service('start', 'core');
    const after = (await site.service('status', 'core')).since;
    expect(Date.parse(after ?? '')).toBeGreaterThan(Date.parse(before ?? ''));
  });

  it('the web page, and the console port, tell the host, and close with the core', async () => {
    const site = await startSite({ settings: { hostName: 'flow-a.example', consolePort: 0 } });
    for (const path of ['/fmeserver', '/fmeflow']) {
      const page = await site.call('GET', path, { token: null });
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(page.text).toContain('flow-a.example');
    }
    const greeting = await new Promise<string>((resolve, reject) => {
      const socket = connect(site.consolePort ?? 0, '127.0.0.1');
      socket.once('error', reject);
      socket.once('data', (bytes) => {
        resolve(bytes.toString());
        socket.destroy();
      });
    });
    expect(greeting).toContain('flow-a.example');
    await site.service('stop', 'core');
    const refused = await new Promise<NodeJS.ErrnoException>((resolve) => {
      connect(site.consolePort ?? 0, '127.0.0.1').once('error', resolve);
    });
    expect(refused.code).toBe('ECONNREFUSED');
  });
});

describe('jobs over a stop and a power cut', () => {
  it('a job that is cut off is run again, up to its tries, and each try is in the ledger', async () => {
    const site = await startSite({ settings: { jobTries: 2 } });
    await publish(site, 'Jobs', 'long.fmw');
    const json = { publishedParameters: [{ name: 'DURATION_MS', value: '60000' }] };
    const { id } = (await site.call('POST', '/fmerest/v3/transformations/submit/Jobs/long.fmw', { json })).json;
    for (const state of ['queued', 'failure']) {
      await site.service('start', 'engines');
      await until('the job to run', () => site.parts.jobs.get(id)?.state === 'running' || undefined);
      await site.service('stop', 'engines');
      expect(site.parts.jobs.get(id)?.state).toBe(state);
    }
    expect(readLedger(site.ledger).map((line) => [line.attempt, line.result])).toEqual([
      [1, 'interrupted'],
      [2, 'interrupted'],
    ]);
  });

  it('a job that ran when the power went is queued again at the next boot', async () => {
    const state = scratch();
    const first = await startSite({ state });
    await publish(first, 'Jobs', 'long.fmw');
    await first.service('start', 'engines');
    const json = { publishedParameters: [{ name: 'DURATION_MS', value: '60000' }] };
    const { id } = (await first.call('POST', '/fmerest/v3/transformations/submit/Jobs/long.fmw', { json })).json;
    await until('the job to run', () => first.parts.jobs.get(id)?.state === 'running' || undefined);
    await first.parts.jobs.flush();
    await first.kill();
    const second = await startSite({ state });
    expect(second.parts.jobs.get(id)).toMatchObject({ state: 'queued', attempts: 1 });
    expect(readLedger(second.ledger)).toMatchObject([{ jobId: id, result: 'interrupted' }]);
  });
});
