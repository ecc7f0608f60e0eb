import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { startSite, type TestSite } from './site.ts';

const V3 = '/fmerest/v3/resources/connections';
const V4 = '/fmeapiv4/resources/connections';
const DATA = 'FME_SHAREDRESOURCE_DATA';

function files(name: string, content: string): FormData {
  const form = new FormData();
  form.append('files', new Blob([content]), name);
  return form;
}

describe('section 4.1, moving the package', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite();
  });
  const put = (folder: string, name: string, bytes: string, query = 'createDirectories=true') =>
    site.call('POST', `${V3}/${DATA}/filesys/${folder}?${query}`, {
      bytes,
      headers: { 'content-disposition': `attachment; filename="${name}"` },
    });

  it('v3 lists the shared resources by their names, and tells of one', async () => {
    const { json } = await site.call('GET', V3);
    const names = json.items.map((resource: { name: string }) => resource.name);
    expect(names).toContain('FME_SHAREDRESOURCE_BACKUP');
    expect(names).toContain('FME_SHAREDRESOURCE_DASHBOARD');
    expect((await site.call('GET', `${V3}/${DATA}`)).json.type).toBe('FILE');
    expect((await site.call('GET', `${V3}/NONE`)).status).toBe(404);
  });

  it('v3 uploads raw bytes with a Content-Disposition: 200 with the list of files', async () => {
    const done = await put('in/deep', 'a.txt', 'hello');
    expect(done.status).toBe(200);
    expect(done.json).toMatchObject([{ name: 'a.txt', type: 'FILE', size: 5 }]);
    const bare = await site.call('POST', `${V3}/${DATA}/filesys/in`, { bytes: 'x' });
    expect(bare.status).toBe(422);
  });

  it('v3 uploads multipart, overwrites only when asked, and makes folders only when asked', async () => {
    const form = files('b.txt', 'one');
    expect((await site.call('POST', `${V3}/${DATA}/filesys/?type=FILE`, { multipart: form })).status).toBe(200);
    expect((await put('', 'b.txt', 'two', '')).status).toBe(409);
    expect((await put('', 'b.txt', 'two', 'overwrite=true')).status).toBe(200);
    expect((await put('no/such', 'c.txt', 'x', 'overwrite=true')).status).toBe(404);
    expect((await site.call('POST', `${V3}/${DATA}/filesys/`, { form: { a: 'b' } })).status).toBe(415);
  });

  it('v3 lists a folder with its contents to a depth', async () => {
    await put('list/sub', 'a.txt', 'hello');
    const { json } = await site.call('GET', `${V3}/${DATA}/filesys/list?depth=2`);
    expect(json).toMatchObject({
      name: 'list',
      type: 'DIR',
      contents: [{ name: 'sub', contents: [{ name: 'a.txt' }] }],
    });
    const flat = await site.call('GET', `${V3}/${DATA}/filesys/list?depth=0`);
    expect(flat.json.contents).toBeUndefined();
  });

  it('v3 gives the bytes of a file by Accept or by accept=contents', async () => {
    await put('get', 'a.txt', 'hello');
    const path = `${V3}/${DATA}/filesys/get/a.txt`;
    expect((await site.bytes('GET', `${path}?accept=contents`)).toString()).toBe('hello');
    const headers = { accept: 'application/octet-stream' };
    expect((await site.bytes('GET', path, { headers })).toString()).toBe('hello');
    expect((await site.call('GET', path)).json).toMatchObject({ name: 'a.txt', size: 5 });
  });

  it('v3 deletes with 204 and answers 404 afterwards', async () => {
    await put('del', 'a.txt', 'hello');
    expect((await site.call('DELETE', `${V3}/${DATA}/filesys/del/a.txt`)).status).toBe(204);
    expect((await site.call('DELETE', `${V3}/${DATA}/filesys/del/a.txt`)).status).toBe(404);
  });

  it('v4 uploads the multipart field `files` to a path that must be given', async () => {
    const upload = (query: string, form: FormData) =>
      site.call('POST', `${V4}/${DATA}/upload${query}`, { multipart: form });
    expect((await upload('?path=v4', files('a.txt', 'hello'))).status).toBe(200);
    expect((await upload('', files('a.txt', 'hello'))).status).toBe(400);
    const wrong = new FormData();
    wrong.append('file', new Blob(['x']), 'a.txt');
    expect((await upload('?path=', wrong)).status).toBe(400);
    // Not overwritten: a part failed.
    expect((await upload('?path=v4', files('a.txt', 'again'))).status).toBe(207);
    expect((await upload('?path=v4&overwrite=true', files('a.txt', 'again'))).status).toBe(200);
    expect((await site.bytes('GET', `${V3}/${DATA}/filesys/v4/a.txt?accept=contents`)).toString()).toBe('again');
  });

  it('v4 info lists a folder by name and type only', async () => {
    await put('info', 'a.txt', 'hello');
    const { json } = await site.call('GET', `${V4}/${DATA}/info?path=info`);
    expect(json.contents).toEqual([{ name: 'a.txt', type: 'FILE' }]);
  });

  it('v4 downloadzip gives the items in a zip', async () => {
    await put('zip', 'a.txt', 'hello');
    const json = { path: 'zip', items: ['a.txt'], zipFileName: 'out.zip' };
    for (const how of ['deflated', 'stored']) {
      site.set({ unknowns: { downloadZipCompression: how } });
      const bytes = await site.bytes('POST', `${V4}/${DATA}/downloadzip`, { json });
      const nameLength = bytes.readUInt16LE(26);
      expect(bytes.subarray(30, 30 + nameLength).toString()).toBe('a.txt');
      const content = bytes.subarray(30 + nameLength + bytes.readUInt16LE(28));
      const read = how === 'stored' ? content.subarray(0, 5) : inflateRawSync(content);
      expect(read.toString()).toBe('hello');
    }
    const missing = await site.call('POST', `${V4}/${DATA}/downloadzip`, { json: { ...json, items: ['none'] } });
    expect(missing.status).toBe(404);
  });

  it('v4 deletes an item by its path with 204', async () => {
    await put('gone', 'a.txt', 'hello');
    expect((await site.call('DELETE', `${V4}/${DATA}/item?path=gone/a.txt`)).status).toBe(204);
    expect((await site.call('DELETE', `${V4}/${DATA}/item?path=gone/a.txt`)).status).toBe(404);
    expect((await site.call('DELETE', `${V4}/${DATA}/item`)).status).toBe(400);
  });

  it('a path never leads out of its resource', async () => {
    const out = `${V3}/${DATA}/filesys/..%2F..%2Fidentity.json?accept=contents`;
    expect((await site.call('GET', out)).status).toBe(422);
  });
});
