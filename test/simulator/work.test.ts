import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLedger, runTwice } from '../../demo/simulator/work/ledger.ts';
import { publish, restore, scratch, startSite, takeBackup, until } from './site.ts';

const SCHEDULES = '/fmerest/v3/schedules';
const SUBMIT = '/fmerest/v3/transformations/submit/Jobs';

function every(name: string, interval: number, more: object = {}) {
  const when = { interval, intervalUnit: 'milliseconds', begin: '2024-01-01T00:00:00.000Z' };
  return { category: 'Tests', name, repository: 'Jobs', workspace: 'write.fmw', ...when, ...more };
}

describe('schedules really fire', () => {
  it('at the points of their grid, each once, written to the ledger with the planned time', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    await site.service('start', 'engines');
    await site.call('POST', SCHEDULES, { json: every('fast', 50) });
    await until('five executions', () => readLedger(site.ledger).length >= 5 || undefined);
    const lines = readLedger(site.ledger);
    expect(runTwice(lines)).toEqual([]);
    for (const line of lines) {
      expect(Date.parse(line.planned ?? '') % 50).toBe(0);
      expect(line).toMatchObject({
        site: 'north',
        machineKey: site.machineKey,
        schedule: 'Tests/fast',
        result: 'success',
      });
    }
  });

  it('a disabled schedule does not fire; an enabled one queues its jobs while the engines are stopped', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    await site.call('POST', SCHEDULES, { json: every('off', 20, { enabled: false }) });
    await site.call('POST', SCHEDULES, { json: every('on', 20) });
    await until('a backlog', () => site.parts.jobs.list(['queued']).length >= 3 || undefined);
    expect(site.parts.jobs.list().every((job) => job.source?.name === 'Tests/on')).toBe(true);
    expect(readLedger(site.ledger)).toEqual([]);
    await site.service('start', 'engines');
    await until('the backlog to run', () => readLedger(site.ledger).length >= 3 || undefined);
  });

  it('automations with a timer, streams and publications act by themselves too', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    const run = { repository: 'Jobs', workspace: 'write.fmw' };
    const when = { interval: 30, intervalUnit: 'milliseconds' };
    await site.call('POST', '/fmerest/v3/automations/workflows', { json: { name: 'a', ...run, ...when } });
    await site.call('POST', '/fmerest/v3/streams', { json: { name: 'st', ...run, ...when } });
    const base = '/fmerest/v3/notifications';
    const topics = ['SAMPLE_TOPIC'];
    await site.call('POST', `${base}/subscriptions`, { json: { name: 'su', subscriber: 'fmeworkspace', topics, run } });
    await site.call('POST', `${base}/publications`, { json: { name: 'p', publisher: 'dirwatch', topics, ...when } });
    const types = () => new Set(site.parts.jobs.list().map((job) => job.source?.type));
    await until('all three', () => types().size === 3 || undefined);
    expect([...types()].sort()).toEqual(['automations', 'streams', 'workspaceSubscriptions']);
  });

  it('two sites that both fire one schedule are found in the ledger that they share', async () => {
    const ledger = join(scratch(), 'ledger.jsonl');
    const north = await startSite({ ledger });
    const south = await startSite({ ledger, site: 'south' });
    await publish(north, 'Jobs', 'write.fmw');
    await north.call('POST', SCHEDULES, { json: every('fast', 40) });
    await restore(south, await takeBackup(north));
    await north.service('start', 'engines');
    await south.service('start', 'engines');
    const [pair] = await until('a job run twice', () => {
      const twice = runTwice(readLedger(ledger));
      return twice.length > 0 ? twice : undefined;
    });
    expect(new Set(pair?.map((line) => line.site))).toEqual(new Set(['north', 'south']));
  });
});

describe('jobs', () => {
  it('run by queue: one that no engine serves waits while the others go on', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    site.store.put('queues', { name: 'Lonely', description: '', priority: 9, engines: ['an-engine-elsewhere'] });
    await site.service('start', 'engines');
    const submit = async (tag: string) =>
      (await site.call('POST', `${SUBMIT}/write.fmw`, { json: { TMDirectives: { tag } } })).json.id;
    const lonely = await submit('Lonely');
    const other = await submit('Default');
    await until('the other job', () => site.parts.jobs.get(other)?.state === 'success' || undefined);
    expect(site.parts.jobs.get(lonely)?.state).toBe('queued');
    const engines = (await site.call('GET', '/fmeapiv4/engines')).json.items;
    expect(engines[0].assignedQueues).toEqual(['Default']);
  });

  it('a client finds its acknowledged write again: in the data file, the ledger and the next backup', async () => {
    const site = await startSite();
    const other = await startSite({ site: 'south' });
    await publish(site, 'Jobs', 'write.fmw');
    await site.service('start', 'engines');
    const json = {
      publishedParameters: [
        { name: 'NONCE', value: 'n-1' },
        { name: 'WRITE', value: 'my line' },
      ],
    };
    const { id } = (await site.call('POST', `${SUBMIT}/write.fmw`, { json })).json;
    await until('the job', () => site.parts.jobs.get(id)?.state === 'success' || undefined);
    expect(readLedger(site.ledger)).toMatchObject([{ jobId: id, nonce: 'n-1', result: 'success' }]);
    await restore(other, await takeBackup(site));
    const file = other.parts.resources.locate('FME_SHAREDRESOURCE_DATA', 'writes.txt');
    expect(readFileSync(file, 'utf8')).toBe('my line\n');
  });

  it('a job whose workspace uses a connection fails when it cannot be decrypted', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'connection.fmw');
    await site.call('POST', '/fmeapiv4/connections', { json: { name: 'db', category: 'database', username: 'ada' } });
    await site.service('start', 'engines');
    const json = { publishedParameters: [{ name: 'CONNECTION', value: 'db' }] };
    const run = () => site.call('POST', '/fmerest/v3/transformations/transact/Jobs/connection.fmw', { json });
    expect((await run()).status).toBe(200);
    site.set({ encryptionKey: 'another' });
    expect((await run()).status).toBe(422);
  });

  it('nothing runs without a licence', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    site.setFault('unlicensed', true);
    await site.service('start', 'engines');
    const { id } = (await site.call('POST', `${SUBMIT}/write.fmw`, { json: {} })).json;
    expect(site.parts.jobs.get(id)?.state).toBe('queued');
    site.setFault('unlicensed', null);
    await until('the job', () => site.parts.jobs.get(id)?.state === 'success' || undefined);
  });
});
