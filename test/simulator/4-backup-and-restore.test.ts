import { describe, expect, it } from 'vitest';
import { BOTH, NEW, publish, restore, schedule, startSite, type TestSite, takeBackup, taskEnd, until } from './site.ts';

const V3 = '/fmerest/v3/migration';
const V4 = '/fmeapiv4/migrations';
const BACKUP = 'FME_SHAREDRESOURCE_BACKUP';

async function backupV3(site: TestSite, path: string) {
  const form = { exportPackage: path, resourceName: BACKUP };
  const { status, json } = await site.call('POST', `${V3}/backup/resource`, { form });
  expect(status).toBe(202);
  return taskEnd(site, json.id);
}

async function upload(site: TestSite, folder: string, name: string, bytes: Buffer): Promise<void> {
  const headers = { 'content-disposition': `attachment; filename="${name}"` };
  const path = `/fmerest/v3/resources/connections/${BACKUP}/filesys/${folder}?createDirectories=true&overwrite=true`;
  expect((await site.call('POST', path, { bytes, headers })).status).toBe(200);
}

function multipart(bytes: Buffer, request: unknown): FormData {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)]), 'p.fsconfig');
  form.append('request', new Blob([JSON.stringify(request)], { type: 'application/json' }));
  return form;
}

/** `FormData` gives each Blob a file name, which the `request` part must not have. */
function restoreV4(site: TestSite, bytes: Buffer, request: unknown, type = 'application/json') {
  const boundary = 'the-boundary';
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="p.fsconfig"\r\n`),
    Buffer.from('Content-Type: application/octet-stream\r\n\r\n'),
    bytes,
    Buffer.from(`\r\n--${boundary}\r\nContent-Disposition: form-data; name="request"\r\nContent-Type: ${type}\r\n\r\n`),
    Buffer.from(`${JSON.stringify(request)}\r\n--${boundary}--\r\n`),
  ]);
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  return site.call('POST', `${V4}/restore/upload`, { bytes: body, headers });
}

describe('section 4, backup', () => {
  it('v3 backup/download takes a form and gives the package, a zip, while the request stays open', async () => {
    const site = await startSite();
    const bytes = await takeBackup(site);
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
    const json = await site.call('POST', `${V3}/backup/download`, { json: { exportPackageName: 'p.fsconfig' } });
    expect(json.status).toBe(415);
    expect((await site.call('POST', `${V3}/backup/download`, { form: { packageName: 'p' } })).status).toBe(422);
  });

  it('v3 backup/resource takes a form and answers 202 with the id of a task', async () => {
    const site = await startSite();
    const task = await backupV3(site, 'nightly/p.fsconfig');
    expect(task).toMatchObject({
      type: 'EXPORT',
      userName: 'admin',
      contentType: 'SYSTEM',
      status: 'SUCCESS',
      result: 'Successful export',
      packageName: 'p.fsconfig',
      packagePath: 'nightly/p.fsconfig',
      resourceName: BACKUP,
      successTopic: 'MIGRATION_ASYNC_JOB_SUCCESS',
      failureTopic: 'MIGRATION_ASYNC_JOB_FAILURE',
    });
    expect(task.startDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const form = { exportPackage: 'p', resourceName: 'NONE' };
    expect((await site.call('POST', `${V3}/backup/resource`, { form })).status).toBe(422);
  });

  it('v4 backup/download takes JSON and gives the package', async () => {
    const site = await startSite();
    const bytes = await site.bytes('POST', `${V4}/backup/download`, { json: { packageName: 'p.fsconfig' } });
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
    expect((await site.call('POST', `${V4}/backup/download`, { form: { packageName: 'p' } })).status).toBe(415);
    expect((await site.call('POST', `${V4}/backup/download`, { json: { name: 'p' } })).status).toBe(400);
  });

  it('v4 backup/resource takes JSON and answers 202 with the id of a task', async () => {
    const site = await startSite({ build: NEW });
    const json = { resourceName: BACKUP, packagePath: 'p.fsconfig', successTopic: '', failureTopic: '' };
    const started = await site.call('POST', `${V4}/backup/resource`, { json });
    expect(started.status).toBe(202);
    const task = await taskEnd(site, started.json.id, 'v4');
    expect(task).toMatchObject({ type: 'EXPORT', username: 'admin', status: 'success', packagePath: 'p.fsconfig' });
    expect(task.userID).toMatch(/-/);
    expect((await site.call('POST', `${V4}/backup/resource`, { json, token: 'x' })).status).toBe(401);
  });

  it('there is no /fmeapiv4/backup, and v3 says migration where v4 says migrations', async () => {
    const site = await startSite();
    expect((await site.call('POST', '/fmeapiv4/backup', { json: {} })).status).toBe(404);
    expect((await site.call('GET', '/fmerest/v3/migrations/tasks')).status).toBe(404);
    expect((await site.call('GET', '/fmeapiv4/migration/tasks')).status).toBe(404);
  });
});

describe('section 4, restore', () => {
  it('v3 restore/upload takes raw bytes with the modes in the query, holds the request and answers 200 with an id', async () => {
    const site = await startSite({ settings: { restoreMs: 300 } });
    const bytes = await takeBackup(site);
    const query =
      'importMode=UPDATE&projectsImportMode=INSERT&pauseNotifications=true&resourceName=FME_SHAREDRESOURCE_BACKUP';
    const began = Date.now();
    const done = await site.call('POST', `${V3}/restore/upload?${query}`, { bytes });
    expect(done.status).toBe(200);
    expect(Date.now() - began).toBeGreaterThanOrEqual(290);
    const task = (await site.call('GET', `${V3}/tasks/id/${done.json.id}`)).json;
    expect(task).toMatchObject({
      type: 'IMPORT',
      importMode: 'UPDATE',
      projectsImportMode: 'INSERT',
      status: 'SUCCESS',
    });
  });

  it('v3 restore/upload refuses other content types, other modes and topics, and a file that is no package with 500', async () => {
    const site = await startSite();
    const bytes = await takeBackup(site);
    const call = (query: string, body: object) => site.call('POST', `${V3}/restore/upload${query}`, body);
    expect((await call('', { form: { file: 'x' } })).status).toBe(415);
    expect((await call('?importMode=MERGE', { bytes })).status).toBe(422);
    expect((await call('?successTopic=T', { bytes })).status).toBe(422);
    expect((await call('', { bytes: Buffer.from('no package') })).status).toBe(500);
    expect(site.parts.migration.list().filter((task) => task.type === 'IMPORT')).toEqual([]);
  });

  it('v3 restore/resource has all in the query, answers 202, and 422 when resource or file are missing', async () => {
    const site = await startSite();
    await upload(site, 'in', 'p.fsconfig', await takeBackup(site));
    const call = (query: string) => site.call('POST', `${V3}/restore/resource?${query}`);
    const started = await call(`resourceName=${BACKUP}&importPackage=in/p.fsconfig&importMode=UPDATE`);
    expect(started.status).toBe(202);
    expect(await taskEnd(site, started.json.id)).toMatchObject({ status: 'SUCCESS', packagePath: 'in/p.fsconfig' });
    expect((await call(`resourceName=${BACKUP}&importPackage=in/none`)).status).toBe(422);
    expect((await call('resourceName=NONE&importPackage=in/p.fsconfig')).status).toBe(422);
    expect((await call(`resourceName=${BACKUP}`)).status).toBe(422);
  });

  it('v4 restore/upload takes the parts file and request, and answers at once with the id of a task', async () => {
    const site = await startSite();
    const bytes = await takeBackup(site);
    site.setFault('taskNeverEnds', 'import');
    const pending = await restoreV4(site, bytes, { overwrite: true, pauseNotifications: true });
    expect(pending.status).toBe(202);
    expect((await site.call('GET', `${V4}/tasks/${pending.json.id}`)).json.finishedDate).toBeUndefined();
    site.setFault('taskNeverEnds', null);
    site.set({ unknowns: { parallelTasks: 'parallel' } });
    const started = await restoreV4(site, bytes, { overwrite: true, pauseNotifications: true });
    expect(await taskEnd(site, started.json.id, 'v4')).toMatchObject({ status: 'success', importMode: 'UPDATE' });
  });

  it('v4 restore/upload refuses a request that is not JSON, unknown fields and missing parts', async () => {
    const site = await startSite();
    const bytes = await takeBackup(site);
    expect((await restoreV4(site, bytes, {}, 'text/plain')).status).toBe(400);
    expect((await restoreV4(site, bytes, { importMode: 'UPDATE' })).status).toBe(400);
    expect((await site.call('POST', `${V4}/restore/upload`, { bytes })).status).toBe(415);
    // A request part with a file name is a file, not the request.
    expect((await site.call('POST', `${V4}/restore/upload`, { multipart: multipart(bytes, {}) })).status).toBe(400);
  });

  it('v4 restore/resource takes JSON and answers 202', async () => {
    const site = await startSite({ build: BOTH });
    await upload(site, '', 'p.fsconfig', await takeBackup(site));
    const json = { resourceName: BACKUP, packagePath: 'p.fsconfig', overwrite: true, pauseNotifications: true };
    const started = await site.call('POST', `${V4}/restore/resource`, { json });
    expect(started.status).toBe(202);
    expect((await taskEnd(site, started.json.id, 'v4')).status).toBe('success');
  });

  it('INSERT adds only what is missing, UPDATE replaces items of the same name', async () => {
    const source = await startSite();
    const target = await startSite({ site: 'south' });
    await source.call('POST', '/fmerest/v3/schedules', { json: schedule('both', { description: 'of the source' }) });
    await source.call('POST', '/fmerest/v3/schedules', { json: schedule('new') });
    await target.call('POST', '/fmerest/v3/schedules', { json: schedule('both', { description: 'of the target' }) });
    const bytes = await takeBackup(source);
    const description = async (name: string) =>
      (await target.call('GET', `/fmerest/v3/schedules/Tests/${name}`)).json.description;
    await restore(target, bytes, 'INSERT');
    expect([await description('both'), await description('new')]).toEqual(['of the target', '']);
    await restore(target, bytes, 'UPDATE');
    expect(await description('both')).toBe('of the source');
  });

  it('the default is INSERT in both versions', async () => {
    const source = await startSite();
    const target = await startSite({ site: 'south' });
    await source.call('POST', '/fmerest/v3/schedules', { json: schedule('both', { description: 'of the source' }) });
    await target.call('POST', '/fmerest/v3/schedules', { json: schedule('both', { description: 'of the target' }) });
    const bytes = await takeBackup(source);
    await target.call('POST', `${V3}/restore/upload`, { bytes });
    const started = await restoreV4(target, bytes, {});
    expect((await taskEnd(target, started.json.id, 'v4')).importMode).toBe('INSERT');
    const { json } = await target.call('GET', '/fmerest/v3/schedules/Tests/both');
    expect(json.description).toBe('of the target');
  });
});

describe('section 4, tasks', () => {
  it('v3 and v4 list tasks, the newest first, and answer 404 for an unknown one', async () => {
    const site = await startSite();
    await backupV3(site, 'a');
    await backupV3(site, 'b');
    const v3 = (await site.call('GET', `${V3}/tasks`)).json;
    expect(v3.items.map((task: { id: number }) => task.id)).toEqual([2, 1]);
    const v4 = (await site.call('GET', `${V4}/tasks`)).json;
    expect(v4.items.map((task: { packageName: string }) => task.packageName)).toEqual(['b', 'a']);
    expect((await site.call('GET', `${V3}/tasks/id/9`)).status).toBe(404);
    expect((await site.call('GET', `${V4}/tasks/9`)).status).toBe(404);
  });

  it('a task that runs has no finishedDate; one that failed has one, and another status than success', async () => {
    const site = await startSite({ settings: { backupMs: 2_000 } });
    const form = { exportPackage: 'p', resourceName: BACKUP };
    const { json } = await site.call('POST', `${V3}/backup/resource`, { form });
    const running = (await site.call('GET', `${V3}/tasks/id/${json.id}`)).json;
    expect(running.finishedDate).toBeUndefined();
    expect(running.status).not.toBe('SUCCESS');
    await taskEnd(site, json.id);
    site.setFault('taskFails', 'export');
    const failed = await backupV3(site, 'q');
    expect(failed.status).toBe('FAILED');
  });

  it('the log of a task is text in v3 and v4, and parsed JSON in v4', async () => {
    const site = await startSite();
    await site.call('POST', '/fmerest/v3/schedules', { json: schedule('logged') });
    const { id } = await backupV3(site, 'p');
    for (const path of [`${V3}/tasks/id/${id}/log`, `${V4}/tasks/${id}/log`]) {
      const log = await site.call('GET', path, { headers: { accept: 'application/octet-stream' } });
      expect(log.text).toContain('Exporting migration package.');
      expect(log.text).toContain('Exporting scheduled task Category: Tests Name: logged.');
    }
    const parsed = (await site.call('GET', `${V4}/tasks/${id}/log/parsed`)).json;
    expect(parsed).toMatchObject({ limit: 100, offset: 0 });
    expect(parsed.items[0]).toMatchObject({ number: 1, status: 'INFORM', message: 'Exporting migration package.' });
    expect(parsed.items[0].line).toContain('INFORM');
  });

  it('the log of a restore tells of unzipping and of the schema version', async () => {
    const site = await startSite();
    const { id } = await restore(site, await takeBackup(site));
    const { text } = await site.call('GET', `${V3}/tasks/id/${id}/log`);
    expect(text).toContain('Getting migration package from shared resource');
    expect(text).toContain('Unzipping migration package.');
    expect(text).toContain('Upgrading migration package schema version.');
  });

  it('a restore lives on when its caller has gone', async () => {
    const site = await startSite({ settings: { restoreMs: 250 } });
    await upload(site, '', 'p.fsconfig', await takeBackup(site));
    const began = fetch(`${site.url}${V3}/restore/resource?resourceName=${BACKUP}&importPackage=p.fsconfig`, {
      method: 'POST',
      headers: { authorization: 'fmetoken token=secret-of-the-test' },
      signal: AbortSignal.timeout(2_000),
    });
    await (await began).body?.cancel();
    const task = await until('the restore', () => site.parts.migration.list().find((each) => each.type === 'IMPORT'));
    expect((await taskEnd(site, task.id)).status).toBe('SUCCESS');
  });

  it('an uncertain POST: the connection breaks, yet the task is there, found by its package name', async () => {
    const site = await startSite();
    site.setFault('dropAfter', { path: 'backup/resource', times: 1 });
    const form = { exportPackage: 'unique-1234.fsconfig', resourceName: BACKUP };
    await expect(site.call('POST', `${V3}/backup/resource`, { form })).rejects.toThrow();
    const { json } = await site.call('GET', `${V3}/tasks`);
    expect(json.items).toHaveLength(1);
    expect(json.items[0].packageName).toBe('unique-1234.fsconfig');
  });

  it('backups with pauseNotifications or topics tell the topic when they end', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'told.fmw');
    const run = { repository: 'Jobs', workspace: 'told.fmw' };
    const subscription = { name: 'S', subscriber: 'fmeworkspace', topics: ['MIGRATION_ASYNC_JOB_SUCCESS'], run };
    expect((await site.call('POST', '/fmerest/v3/notifications/subscriptions', { json: subscription })).status).toBe(
      201,
    );
    await backupV3(site, 'p');
    await until('the job of the topic', () => site.parts.jobs.list().find((job) => job.workspace === 'told.fmw'));
  });
});
