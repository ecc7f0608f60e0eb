import { describe, expect, it } from 'vitest';
import { schedule, startSite, type TestSite } from './site.ts';

async function withProject(): Promise<TestSite> {
  const site = await startSite();
  await site.call('POST', '/fmerest/v3/schedules', { json: schedule('inside') });
  await site.call('POST', '/fmerest/v3/schedules', { json: schedule('outside') });
  const items = [{ kind: 'schedules', key: 'Tests/inside' }];
  site.store.put('projects', { id: 'p-1', name: 'P', description: '', version: '1.0.0', owner: 'admin', items });
  return site;
}

describe('section 5, projects', () => {
  it('v3 exports by form (422 for none such) and imports raw bytes, items disabled when asked (500 for a bad file)', async () => {
    const source = await withProject();
    const target = await startSite({ site: 'south' });
    const form = { exportPackageName: 'p.fsproject', excludeSensitiveInfo: 'false' };
    const base = '/fmerest/v3/projects';
    const bytes = await source.bytes('POST', `${base}/projects/P/export/download`, { form });
    expect((await source.call('POST', `${base}/projects/none/export/download`, { form })).status).toBe(422);
    const query = 'importMode=UPDATE&projectsImportMode=UPDATE&pauseNotifications=true&disableProjectItems=true';
    const done = await target.call('POST', `${base}/import/upload?${query}`, { bytes });
    expect([done.status, typeof done.json.id]).toEqual([200, 'number']);
    const { json } = await target.call('GET', '/fmerest/v3/schedules/Tests/inside');
    expect(json.enabled).toBe(false);
    expect((await target.call('GET', '/fmerest/v3/schedules/Tests/outside')).status).toBe(404);
    expect((await target.call('POST', `${base}/import/upload`, { bytes: 'no package' })).status).toBe(500);
    const task = (await target.call('GET', `/fmerest/v3/migration/tasks/id/${done.json.id}`)).json;
    expect(task).toMatchObject({ contentType: 'PROJECT', disableProjectItems: true });
  });

  it('v4 exports by JSON, uploads with 201 and a Location, and imports when it is run', async () => {
    const source = await withProject();
    const target = await startSite({ site: 'south' });
    const base = '/fmeapiv4/projects';
    const json = { exportPackageName: 'p.fsproject', includeSensitiveInfo: true };
    const bytes = await source.bytes('POST', `${base}/p-1/export/download`, { json });
    const multipart = new FormData();
    multipart.append('file', new Blob([new Uint8Array(bytes)]), 'p.fsproject');
    const uploaded = await target.call('POST', `${base}/imports/upload?skipPreview=true`, { multipart });
    expect(uploaded.status).toBe(201);
    const id = uploaded.headers.get('location')?.split('/').at(-1);
    const run = { overwrite: true, pauseNotifications: true, disableItems: true, notification: null };
    expect((await target.call('POST', `${base}/imports/${id}/run`, { json: run })).status).toBe(202);
    let status = '';
    while (status !== 'imported') status = (await target.call('GET', `${base}/imports/${id}`)).json.status;
    expect((await target.call('GET', `${base}/tasks/${id}`)).json.status).toBe('success');
    expect((await target.call('GET', '/fmerest/v3/schedules/Tests/inside')).json.enabled).toBe(false);
  });
});
