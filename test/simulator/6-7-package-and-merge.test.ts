import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPromise } from 'yauzl';
import { BOTH, OLD, publish, restore, schedule, scratch, startSite, type TestSite, takeBackup } from './site.ts';

const SCHEDULES = '/fmerest/v3/schedules';
const DATA = 'FME_SHAREDRESOURCE_DATA';

async function names(bytes: Buffer): Promise<string[]> {
  const path = join(scratch(), 'p.zip');
  writeFileSync(path, bytes);
  const zip = await openPromise(path);
  const found: string[] = [];
  for await (const entry of zip.eachEntry()) found.push(entry.fileName);
  return found;
}

async function putFile(site: TestSite, resource: string, name: string, bytes: string): Promise<void> {
  const headers = { 'content-disposition': `attachment; filename="${name}"` };
  const path = `/fmerest/v3/resources/connections/${resource}/filesys/?overwrite=true`;
  await site.call('POST', path, { bytes, headers });
}

describe('section 6, what a backup holds', () => {
  it('repositories, automations, notifications, schedules, users, roles, tokens, queues, connections, services', async () => {
    const site = await startSite();
    await publish(site, 'Jobs', 'write.fmw');
    await site.call('POST', SCHEDULES, { json: schedule('s') });
    await site.call('POST', '/fmerest/v3/automations/workflows', { json: { name: 'a' } });
    await site.call('POST', '/fmeapiv4/streams', { json: { name: 'st' } });
    await site.call('POST', '/fmerest/v3/notifications/publications', { json: { name: 'p', publisher: 'email' } });
    await site.call('POST', '/fmeapiv4/connections', { json: { name: 'c', category: 'database', password: 'x' } });
    await site.call('POST', '/fmeapiv4/deploymentparameters', { json: { name: 'd', type: 'text', value: 'v' } });
    const entries = await names(await takeBackup(site));
    for (const entry of [
      'items/repositories/Jobs.json',
      'repositories/Jobs/write.fmw',
      'items/schedules/Tests/s.json',
      'items/schedules/Utilities/Backup_Configuration.json',
      'items/automations/a.json',
      'items/streams/st.json',
      'items/publications/p.json',
      'items/topics/SAMPLE_TOPIC.json',
      'items/users/admin.json',
      'items/roles/fmeadmin.json',
      'items/tokens/admin/test.json',
      'items/queues/Default.json',
      'items/connections/c.json',
      'items/services/fmedatadownload.json',
      'items/deploymentParameters/d.json',
      `items/resources/${DATA}.json`,
    ]) {
      expect(entries).toContain(entry);
    }
  });

  it('files of migratable shared resources; of others the definition only; no logs, jobs, licence or key', async () => {
    const site = await startSite({ settings: { unknowns: { packageCompression: 'stored' } } });
    await putFile(site, DATA, 'in.txt', 'x');
    await putFile(site, 'FME_SHAREDRESOURCE_TEMP', 'out.txt', 'x');
    site.store.put('resources', {
      name: 'BUCKET',
      displayName: '',
      description: '',
      type: 'AMAZON_S3',
      migratable: true,
      parameters: {},
    });
    const bytes = await takeBackup(site);
    const entries = await names(bytes);
    expect(entries).toContain(`resources/${DATA}/in.txt`);
    expect(entries).toContain('items/resources/BUCKET.json');
    expect(entries.filter((entry) => entry.startsWith('resources/'))).toHaveLength(1);
    const tops = new Set(entries.map((entry) => entry.split('/')[0]));
    expect([...tops].sort()).toEqual(['items', 'package.json', 'repositories', 'resources']);
    expect(bytes.includes(site.machineKey)).toBe(false);
  });

  it('connections are encrypted with the system key, so another key does not restore', async () => {
    const unknowns = { packageCompression: 'stored' };
    const source = await startSite({ settings: { encryptionKey: 'ours', unknowns } });
    const json = { name: 'c', category: 'database', username: 'u', password: 'top-secret' };
    await source.call('POST', '/fmeapiv4/connections', { json });
    const bytes = await takeBackup(source);
    expect(bytes.includes('top-secret')).toBe(false);
    const other = await startSite({ site: 'south', settings: { encryptionKey: 'theirs' } });
    const task = await restore(other, bytes);
    expect(task.status).toBe('FAILED');
    expect(task.result).toContain('encryption key');
    other.set({ encryptionKey: 'ours' });
    expect((await restore(other, bytes)).status).toBe('SUCCESS');
    expect((await other.call('GET', '/fmeapiv4/connections/c')).status).toBe(200);
  });

  it('with another key a restore may also leave connections unreadable, which reading one shows', async () => {
    const source = await startSite({ settings: { encryptionKey: 'ours' } });
    await source.call('POST', '/fmeapiv4/connections', { json: { name: 'c', category: 'database', password: 'x' } });
    const settings = { encryptionKey: 'theirs', unknowns: { otherKey: 'unreadable' } };
    const other = await startSite({ site: 'south', settings });
    expect((await restore(other, await takeBackup(source))).status).toBe('SUCCESS');
    const read = await other.call('GET', '/fmeapiv4/connections/c');
    expect([read.status, read.json.message]).toEqual([500, 'The connection "c" could not be decrypted.']);
  });

  it('a package restores to the same or a newer build, never to an older one', async () => {
    const older = await startSite({ build: OLD });
    const newer = await startSite({ site: 'south', build: BOTH });
    expect((await restore(newer, await takeBackup(older))).status).toBe('SUCCESS');
    const refused = await restore(older, await takeBackup(newer));
    expect(refused.status).toBe('FAILED');
    expect(refused.result).toContain('newer');
  });
});

describe('section 7, what a restore does', () => {
  it('merges by name and deletes nothing', async () => {
    const source = await startSite();
    const target = await startSite({ site: 'south' });
    await publish(source, 'Jobs', 'one.fmw');
    await publish(target, 'Jobs', 'two.fmw');
    await target.call('POST', SCHEDULES, { json: schedule('only-here') });
    await putFile(target, DATA, 'only-here.txt', 'kept');
    await putFile(source, DATA, 'both.txt', 'source');
    await putFile(target, DATA, 'both.txt', 'target');
    await restore(target, await takeBackup(source));
    const items = (await target.call('GET', '/fmerest/v3/repositories/Jobs/items')).json.items;
    expect(items.map((item: { name: string }) => item.name).sort()).toEqual(['one.fmw', 'two.fmw']);
    expect((await target.call('GET', `${SCHEDULES}/Tests/only-here`)).json.enabled).toBe(true);
    const read = (name: string) =>
      target.bytes('GET', `/fmerest/v3/resources/connections/${DATA}/filesys/${name}?accept=contents`);
    expect((await read('only-here.txt')).toString()).toBe('kept');
    expect((await read('both.txt')).toString()).toBe('source');
  });

  it('services that exist are never changed, missing ones are added', async () => {
    const source = await startSite({ settings: { hostName: 'a.example' } });
    const target = await startSite({ site: 'south', settings: { hostName: 'b.example' } });
    source.store.put('services', { name: 'new', displayName: '', description: '', enabled: true, url: 'https://a' });
    await restore(target, await takeBackup(source));
    const items = (await target.call('GET', '/fmeapiv4/services')).json.items as { name: string; url: string }[];
    expect(items.find((service) => service.name === 'fmedatadownload')?.url).toContain('b.example');
    expect(items.find((service) => service.name === 'new')?.url).toBe('https://a');
  });

  it('notifications are updated by an overwrite, and topic registrations are joined', async () => {
    const source = await startSite();
    const target = await startSite({ site: 'south' });
    const path = '/fmerest/v3/notifications/subscriptions';
    const json = { name: 's', subscriber: 'email', description: 'source', topics: ['A'] };
    await source.call('POST', path, { json });
    await target.call('POST', path, { json: { ...json, description: 'target', topics: ['B'] } });
    await restore(target, await takeBackup(source));
    expect((await target.call('GET', `${path}/s`)).json).toMatchObject({ description: 'source', topics: ['B', 'A'] });
  });

  it('users, roles and tokens are added but not updated, and role memberships are joined', async () => {
    const source = await startSite();
    const target = await startSite({ site: 'south' });
    const user = { id: 'u', name: 'ada', fullName: 'Source', email: '', enabled: true, type: 'SYSTEM' };
    source.store.put('users', { ...user, password: 'new', roles: ['fmeauthor'] });
    target.store.put('users', { ...user, fullName: 'Target', password: 'old', roles: ['fmeguest'] });
    source.store.put('users', { ...user, name: 'bob', password: 'b', roles: ['fmeguest'] });
    const bytes = await takeBackup(source);
    await restore(target, bytes);
    expect(target.store.get('users', 'ada')).toMatchObject({
      fullName: 'Target',
      password: 'old',
      roles: ['fmeguest', 'fmeauthor'],
    });
    expect(target.store.get('users', 'bob')).toBeDefined();
    target.set({ unknowns: { securityOnOverwrite: 'updated' } });
    await restore(target, bytes);
    expect(target.store.get('users', 'ada')?.password).toBe('new');
  });

  it('tokens of one name collide: the target keeps its own, and tokens that are missing come over', async () => {
    const settings = (token: string) => ({
      tokens: [
        { name: 'same', token },
        { name: 'test', token: 'secret-of-the-test' },
      ],
    });
    const source = await startSite({ settings: settings('token-of-the-source') });
    const target = await startSite({ site: 'south', settings: settings('token-of-the-target') });
    const more = { name: 'more', description: '', enabled: true, customPermissions: false, secondsToExpiry: 60 };
    const oneMore = (await source.call('POST', '/fmeapiv4/tokens', { json: more })).json.token;
    await restore(target, await takeBackup(source));
    const status = async (token: string) => (await target.call('GET', '/fmerest/v3/info', { token })).status;
    expect(await status('token-of-the-target')).toBe(200);
    expect(await status('token-of-the-source')).toBe(401);
    expect(await status(oneMore)).toBe(200);
  });

  it('schedules and automations come back as they were in the backup: enabled, even where they were held', async () => {
    const source = await startSite();
    const target = await startSite({ site: 'south' });
    for (const site of [source, target]) {
      await site.call('POST', SCHEDULES, { json: schedule('on', { enabled: site === source }) });
      await site.call('POST', SCHEDULES, { json: schedule('off', { enabled: site !== source }) });
    }
    const bytes = await takeBackup(source);
    const enabled = async (name: string) => (await target.call('GET', `${SCHEDULES}/Tests/${name}`)).json.enabled;
    await restore(target, bytes);
    expect([await enabled('on'), await enabled('off')]).toEqual([true, false]);
    target.set({ unknowns: { restoredState: 'disabled' } });
    await restore(target, bytes);
    expect(await enabled('on')).toBe(false);
    target.set({ unknowns: { updateReenables: 'no' } });
    await restore(target, bytes);
    expect(await enabled('on')).toBe(false);
  });

  it('messages are held back while a restore with pauseNotifications runs', async () => {
    const site = await startSite();
    const bytes = await takeBackup(site);
    const run = { repository: 'Samples', workspace: 'austinApartments.fmw' };
    const json = { name: 'S', subscriber: 'fmeworkspace', topics: ['SAMPLE_TOPIC'], run };
    await site.call('POST', '/fmerest/v3/notifications/subscriptions', { json });
    const message = () => site.call('POST', '/fmerest/v3/notifications/topics/SAMPLE_TOPIC/message', { json: {} });
    site.set({ restoreMs: 5_000 });
    const restored = restore(site, bytes);
    while (!site.parts.migration.list().some((task) => task.type === 'IMPORT' && task.state === 'running')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    await message();
    expect(site.parts.jobs.list()).toEqual([]);
    await restored;
    await message();
    expect(site.parts.jobs.list()).toHaveLength(1);
  });
});
