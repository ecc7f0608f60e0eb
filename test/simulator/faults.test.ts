import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../demo/simulator/settings.ts';
import { callUrl, restore, schedule, scratch, startSite, type TestSite, takeBackup, taskEnd, until } from './site.ts';

const BACKUP = 'FME_SHAREDRESOURCE_BACKUP';

async function backup(site: TestSite) {
  const form = { exportPackage: 'p.fsconfig', resourceName: BACKUP };
  const { json } = await site.call('POST', '/fmerest/v3/migration/backup/resource', { form });
  return taskEnd(site, json.id);
}

describe('faults', () => {
  it('can be switched on in code, by the admin side, in the settings and in their file while the site runs', async () => {
    const folder = scratch();
    const settingsFile = join(folder, 'settings.json');
    writeFileSync(settingsFile, '{}');
    const site = await startSite({ settingsFile });
    const licensed = async () => (await site.call('GET', '/fmeapiv4/license/status')).json.licensed;
    site.setFault('unlicensed', true);
    expect(await licensed()).toBe(false);
    site.setFault('unlicensed', null);
    expect(await licensed()).toBe(true);
    await callUrl(site.admin, 'PATCH', '/faults', { json: { unlicensed: true } });
    expect(await licensed()).toBe(false);
    await callUrl(site.admin, 'PATCH', '/faults', { json: { unlicensed: null } });
    expect(await licensed()).toBe(true);
    writeFileSync(settingsFile, JSON.stringify({ faults: { unlicensed: true } }));
    await until('the file to be read', async () => ((await licensed()) ? undefined : true));
    const wrong = await callUrl(site.admin, 'PATCH', '/faults', { json: { unlicenced: true } });
    expect(wrong.status).toBe(409);
  });

  it('httpError: a proxy status without JSON, as often as wanted', async () => {
    const site = await startSite();
    site.setFault('httpError', { status: 503, path: 'migration', times: 1 });
    const broken = await site.call('GET', '/fmerest/v3/migration/tasks');
    expect([broken.status, broken.json]).toEqual([503, undefined]);
    expect((await site.call('GET', '/fmerest/v3/migration/tasks')).status).toBe(200);
  });

  it('slow and hang', async () => {
    const site = await startSite();
    site.setFault('slow', { ms: 120, times: 1 });
    const began = Date.now();
    await site.call('GET', '/fmerest/v3/info');
    expect(Date.now() - began).toBeGreaterThanOrEqual(115);
    site.setFault('hang', {});
    const never = fetch(`${site.url}/fmeinfo/version`, { signal: AbortSignal.timeout(100) });
    await expect(never).rejects.toThrow();
  });

  it('dropBefore breaks the connection with nothing done, dropAfter with the work done', async () => {
    const site = await startSite();
    const make = (name: string) => site.call('POST', '/fmerest/v3/schedules', { json: schedule(name) });
    site.setFault('dropBefore', { method: 'POST' });
    await expect(make('before')).rejects.toThrow();
    site.setFault('dropBefore', null);
    site.setFault('dropAfter', { method: 'POST' });
    await expect(make('after')).rejects.toThrow();
    expect(site.store.keys('schedules')).not.toContain('Tests/before');
    expect(site.store.keys('schedules')).toContain('Tests/after');
  });

  it('taskFails and taskNeverEnds', async () => {
    const site = await startSite();
    const bytes = await takeBackup(site);
    site.setFault('taskFails', 'import');
    expect((await restore(site, bytes)).status).toBe('FAILED');
    expect((await backup(site)).status).toBe('SUCCESS');
    site.setFault('taskFails', null);
    site.setFault('taskNeverEnds', 'export');
    const form = { exportPackage: 'p.fsconfig', resourceName: BACKUP };
    const { json } = await site.call('POST', '/fmerest/v3/migration/backup/resource', { form });
    await until('it to run', () => site.parts.migration.get(json.id)?.state === 'running' || undefined);
    const task = (await site.call('GET', `/fmerest/v3/migration/tasks/id/${json.id}`)).json;
    expect([task.status, task.finishedDate]).toEqual(['RUNNING', undefined]);
  });

  it('restoreFailsHalfway leaves a mixture, restoreLoses says success and is not', async () => {
    const source = await startSite();
    await source.call('POST', '/fmerest/v3/schedules', { json: schedule('s') });
    source.store.put('roles', { name: 'new', description: '', permissions: [] });
    const bytes = await takeBackup(source);
    const half = await startSite({ site: 'south' });
    half.setFault('restoreFailsHalfway', true);
    expect((await restore(half, bytes)).status).toBe('FAILED');
    expect(half.store.keys('roles')).toContain('new');
    expect(half.store.keys('schedules')).not.toContain('Tests/s');
    const loses = await startSite({ site: 'south' });
    loses.setFault('restoreLoses', ['schedules/Tests/s']);
    expect((await restore(loses, bytes)).status).toBe('SUCCESS');
    expect(loses.store.keys('schedules')).not.toContain('Tests/s');
  });

  it('diskFull fails tasks and uploads, and a backup that was cut off stays there as half a file', async () => {
    const site = await startSite();
    const bytes = await takeBackup(site);
    site.setFault('diskFull', true);
    expect(await backup(site)).toMatchObject({ status: 'FAILED', result: 'No space left on device.' });
    const headers = { 'content-disposition': 'attachment; filename="x"' };
    const path = `/fmerest/v3/resources/connections/${BACKUP}/filesys/`;
    expect((await site.call('POST', path, { bytes, headers })).status).toBe(500);
    site.setFault('diskFull', null);
    const query = `resourceName=${BACKUP}&importPackage=p.fsconfig`;
    const { json } = await site.call('POST', `/fmerest/v3/migration/restore/resource?${query}`);
    expect((await taskEnd(site, json.id)).status).toBe('FAILED');
  });

  it('corruptPackage is found by the checksums of the zip', async () => {
    const site = await startSite({ settings: { filler: { bytes: 500_000 } } });
    site.setFault('corruptPackage', true);
    const bytes = await takeBackup(site);
    expect((await restore(site, bytes)).status).toBe('FAILED');
  });

  it('pageLimit and incompleteList: lists that do not hold what their header says', async () => {
    const site = await startSite();
    const path = '/fmeapiv4/notifications/topics';
    site.setFault('pageLimit', 2);
    const page = (await site.call('GET', path)).json;
    expect([page.totalCount, page.limit, page.items.length]).toEqual([3, 100, 2]);
    site.setFault('pageLimit', null);
    site.setFault('incompleteList', { how: 'short', missing: 1, path: 'topics' });
    const short = (await site.call('GET', path)).json;
    expect([short.totalCount, short.items.length]).toEqual([3, 2]);
    site.setFault('incompleteList', { how: 'silent', missing: 1, path: 'topics' });
    const silent = (await site.call('GET', path)).json;
    expect([silent.totalCount, silent.items.length]).toEqual([2, 2]);
  });

  it('timeZone and clockSkewMs show in info and in the Date header', async () => {
    const site = await startSite();
    site.setFault('timeZone', '+0530');
    site.setFault('clockSkewMs', -3_600_000);
    const { json, headers } = await site.call('GET', '/fmerest/v3/info');
    expect(json.timeZone).toBe('+0530');
    const late = Date.now() - Date.parse(headers.get('date') ?? '');
    expect(late).toBeGreaterThan(3_590_000);
  });

  it('upload207 and truncatedDownload', async () => {
    const site = await startSite({ settings: { filler: { bytes: 300_000 } } });
    site.setFault('upload207', true);
    const form = new FormData();
    form.append('files', new Blob(['x']), 'a.txt');
    const path = `/fmeapiv4/resources/connections/${BACKUP}/upload?path=`;
    expect((await site.call('POST', path, { multipart: form })).status).toBe(207);
    const whole = (await takeBackup(site)).length;
    site.setFault('truncatedDownload', 'broken');
    await expect(takeBackup(site)).rejects.toThrow();
    site.setFault('truncatedDownload', 'short');
    expect((await takeBackup(site)).length).toBeLessThan(whole);
  });

  it('engines that do not start or stop', async () => {
    const site = await startSite();
    site.setFault('enginesDoNotStart', true);
    await expect(site.service('start', 'engines')).rejects.toThrow('1068');
    site.setFault('enginesDoNotStart', null);
    await site.service('start', 'engines');
    site.setFault('enginesDoNotStop', true);
    await expect(site.service('stop', 'engines')).rejects.toThrow('did not stop');
    expect((await site.service('status', 'engines')).state).toBe('running');
  });
});

describe('settings', () => {
  it('that are wrong are refused with the path of each mistake', () => {
    expect(() => parseSettings({ engines: -1 })).toThrow('engines');
    expect(() => parseSettings({ colour: 'red' })).toThrow('colour');
    expect(() => parseSettings({ faults: { slow: {} } })).toThrow('faults.slow.ms');
  });
});
