import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPromise } from 'yauzl';
import { chooseUnknowns, UNKNOWNS } from '../../demo/simulator/unknowns.ts';
import { NEW, restore, scratch, startSite, type TestSite, takeBackup, taskEnd, until } from './site.ts';

const BACKUP = 'FME_SHAREDRESOURCE_BACKUP';

async function entries(bytes: Buffer) {
  const path = join(scratch(), 'p.zip');
  writeFileSync(path, bytes);
  const zip = await openPromise(path);
  const found: { name: string; time: number; method: number }[] = [];
  for await (const entry of zip.eachEntry()) {
    found.push({ name: entry.fileName, time: entry.getLastModDate().getTime(), method: entry.compressionMethod });
  }
  return found;
}

const postBackup = (site: TestSite) =>
  site.call('POST', '/fmerest/v3/migration/backup/resource', { form: { exportPackage: 'p', resourceName: BACKUP } });

describe('the switches for what is unknown', () => {
  it('have documented defaults, and refuse names and values that are not in the table', () => {
    expect(Object.keys(chooseUnknowns())).toEqual(Object.keys(UNKNOWNS));
    expect(() => chooseUnknowns({ colour: 'red' })).toThrow('There is no switch "colour"');
    expect(() => chooseUnknowns({ zipOrder: 'red' })).toThrow('stable, shuffled');
  });

  it.each([
    ['upper', 'SUCCESS', 'FAILED'],
    ['lower', 'success', 'failed'],
    ['other', 'SUCCESS', 'FAILURE'],
    ['mixed', 'Success', 'Error'],
  ])('taskWords: %s', async (words, good, bad) => {
    const site = await startSite({ settings: { unknowns: { taskWordsV3: words, taskWordsV4: words } } });
    const first = await postBackup(site);
    expect((await taskEnd(site, first.json.id)).status).toBe(good);
    site.setFault('taskFails', 'any');
    const second = await postBackup(site);
    expect((await taskEnd(site, second.json.id, 'v4')).status).toBe(bad);
  });

  it('parallelTasks: a second task waits, runs beside, or is refused', async () => {
    const state = async (how: string) => {
      const site = await startSite({ settings: { backupMs: 60_000, unknowns: { parallelTasks: how } } });
      await postBackup(site);
      await until('the first', () => site.parts.migration.get(1)?.state === 'running' || undefined);
      const second = await postBackup(site);
      if (second.status !== 202) return second.status;
      if (how === 'parallel') await until('it', () => site.parts.migration.get(2)?.state === 'running' || undefined);
      return site.parts.migration.get(2)?.state;
    };
    expect([await state('queue'), await state('parallel'), await state('refuse')]).toEqual([
      'submitted',
      'running',
      409,
    ]);
  });

  it('zipTimes and zipOrder: the same site, twice', async () => {
    const kept = await startSite({ settings: { unknowns: { zipTimes: 'kept' } } });
    const first = await entries(await takeBackup(kept));
    const second = await entries(await takeBackup(kept));
    const without = (list: typeof first) => list.filter((entry) => entry.name !== 'package.json');
    expect(without(second)).toEqual(without(first));
    const shuffled = await startSite({ settings: { unknowns: { zipOrder: 'shuffled' } } });
    const a = (await entries(await takeBackup(shuffled))).map((entry) => entry.name);
    const b = (await entries(await takeBackup(shuffled))).map((entry) => entry.name);
    expect(a).not.toEqual(b);
    expect([...a].sort()).toEqual([...b].sort());
    expect((await restore(shuffled, await takeBackup(shuffled))).status).toBe('SUCCESS');
  });

  it('filler makes packages of any size, the same bytes for the same seed, changed entries by generation', async () => {
    const filler = { bytes: 1_000_000, entries: 10, changed: 1 };
    const settings = { filler, unknowns: { zipTimes: 'kept' } };
    const site = await startSite({ settings });
    const sizes = async (bytes: Buffer) => (await entries(bytes)).filter((entry) => entry.name.startsWith('filler/'));
    const before = await takeBackup(site);
    expect(await sizes(before)).toHaveLength(10);
    expect(before.length).toBeGreaterThan(1_000_000);
    site.set({ filler: { ...filler, generation: 1 } });
    const after = await takeBackup(site);
    expect(after.includes(before.subarray(before.length - 300_000, before.length - 200_000))).toBe(true);
    expect((await restore(site, after)).status).toBe('SUCCESS');
  });

  it('badPackageV4: the task fails, or the upload is refused', async () => {
    const boundary = 'b';
    const part = (head: string, body: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
    const json = 'name="request"\r\nContent-Type: application/json';
    const bytes = `${part('name="file"; filename="x"', 'no package')}${part(json, '{}')}--${boundary}--\r\n`;
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    const site = await startSite({ build: NEW });
    const done = await site.call('POST', '/fmeapiv4/migrations/restore/upload', { bytes, headers });
    expect(done.status).toBe(202);
    expect((await taskEnd(site, done.json.id, 'v4')).status).toBe('failed');
    site.set({ unknowns: { badPackageV4: '500' } });
    expect((await site.call('POST', '/fmeapiv4/migrations/restore/upload', { bytes, headers })).status).toBe(500);
  });

  it('singleDownloadV4, infoFieldsV4 and rangeRequests', async () => {
    const site = await startSite();
    await taskEnd(site, (await postBackup(site)).json.id);
    const base = `/fmeapiv4/resources/connections/${BACKUP}`;
    const status = async (verb: string) => (await site.call('GET', `${base}/${verb}?path=p`)).status;
    expect([await status('download'), await status('contents')]).toEqual([404, 404]);
    site.set({ unknowns: { singleDownloadV4: 'download', infoFieldsV4: 'yes', rangeRequests: 'yes' } });
    expect([await status('download'), await status('contents')]).toEqual([200, 404]);
    const info = (await site.call('GET', `${base}/info?path=`)).json.contents[0];
    expect(info.size).toBeGreaterThan(0);
    const headers = { range: 'bytes=0-1' };
    const part = await site.call('GET', `${base}/download?path=p`, { headers });
    expect([part.status, part.text]).toEqual([206, 'PK']);
  });

  it('a restore does not need engines, unless a fault says so: then it fails, or waits for them', async () => {
    const bytes = await takeBackup(await startSite());
    expect((await restore(await startSite(), bytes)).status).toBe('SUCCESS');
    const fails = await startSite({ settings: { faults: { restoreNeedsEngines: 'fails' } } });
    expect((await restore(fails, bytes)).status).toBe('FAILED');
    const waits = await startSite({ settings: { faults: { restoreNeedsEngines: 'waits' } } });
    const restored = restore(waits, bytes);
    await until('it to run', () => waits.parts.migration.get(1)?.state === 'running' || undefined);
    await waits.service('start', 'engines');
    expect((await restored).status).toBe('SUCCESS');
  });

  it('afterRestore: the core goes away and comes back by itself', async () => {
    const site = await startSite({ settings: { unknowns: { afterRestore: 'core-restarts' } } });
    const before = (await site.service('status', 'core')).since;
    const bytes = await takeBackup(site);
    // The restart may break the very answer to the upload.
    await restore(site, bytes).catch(() => {});
    await until('the restart', async () => {
      const { since } = await site.service('status', 'core');
      return since !== undefined && since !== before ? true : undefined;
    });
    expect((await site.call('GET', '/fmerest/v3/migration/tasks')).json.items[0].status).toBe('SUCCESS');
  });

  it('openApi, taskTypesV4, packageCompression and unreadableConnection', async () => {
    const unknowns = {
      openApi: 'nowhere',
      taskTypesV4: 'lower',
      packageCompression: 'stored',
      unreadableConnection: 'looks-normal',
    };
    const site = await startSite({ settings: { unknowns } });
    for (const path of ['/fmeapiv4/openapi.json', '/fmeapiv4/docs/openapi.json']) {
      expect((await site.call('GET', path)).status).toBe(404);
    }
    expect(new Set((await entries(await takeBackup(site))).map((entry) => entry.method))).toEqual(new Set([0]));
    expect((await site.call('GET', '/fmeapiv4/migrations/tasks/1')).json.type).toBe('export');
    await site.call('POST', '/fmeapiv4/connections', { json: { name: 'c', category: 'database' } });
    site.set({ encryptionKey: 'another' });
    expect((await site.call('GET', '/fmeapiv4/connections/c')).status).toBe(200);
  });

  it('licenceAfterRestore and jobHistoryInBackup', async () => {
    const unknowns = { licenceAfterRestore: 'lost', jobHistoryInBackup: 'yes' };
    const site = await startSite({ settings: { unknowns } });
    const bytes = await takeBackup(site);
    expect((await entries(bytes)).map((entry) => entry.name)).toContain('history/jobs.json');
    await restore(site, bytes);
    expect((await site.call('GET', '/fmeapiv4/license/status')).json.licensed).toBe(false);
  });

  it('unhealthyV3, readinessNeedsEngines, jobDoneV4 and jobDetailsV4', async () => {
    const unknowns = { unhealthyV3: '503', readinessNeedsEngines: 'no', jobDoneV4: 'complete', jobDetailsV4: 'shown' };
    const site = await startSite({ build: NEW, settings: { unknowns: { ...unknowns, v3FromBuild26100: 'served' } } });
    expect((await site.call('GET', '/fmeapiv4/healthcheck/readiness')).status).toBe(200);
    site.setFault('unhealthy', 'status');
    expect((await site.call('GET', '/fmerest/v3/healthcheck')).status).toBe(503);
    site.setFault('unhealthy', null);
    await site.service('start', 'engines');
    const job = { repository: 'Samples', workspace: 'austinApartments.fmw', publishedParameters: { A: 'b' } };
    const { id } = (await site.call('POST', '/fmeapiv4/jobs/sync', { json: job })).json;
    expect((await site.call('GET', `/fmeapiv4/jobs/${id}`)).json).toMatchObject({
      status: 'complete',
      publishedParameters: { A: 'b' },
    });
  });
});
