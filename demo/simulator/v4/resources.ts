import { PassThrough } from 'node:stream';
import { ZipFile } from 'yazl';
import { z } from 'zod';
import { takeUpload } from '../api/uploads.ts';
import { readJsonBody } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import type { FileEntry } from '../state/resource-files.ts';
import { connectionWire, entryAt, fileReply, fileResource } from '../v3/resources.ts';

const BASE = '/fmeapiv4/resources/connections';

const zipBody = z.strictObject({
  path: z.string(),
  items: z.array(z.string().min(1)).min(1),
  zipFileName: z.string().min(1),
});

function required(request: Request, name: string): string {
  const value = request.query.get(name);
  if (value === null) throw new HttpError(400, `The parameter "${name}" is required.`);
  return value;
}

/** All files at or below an entry, named from the folder that was asked for. */
function filesBelow(
  site: Site,
  resource: string,
  entry: FileEntry,
  name: string,
): { entry: FileEntry; name: string }[] {
  if (entry.type === 'FILE') return [{ entry, name }];
  const children = site.resources.children(resource, entry.path) ?? [];
  return children.flatMap((child) => filesBelow(site, resource, child, `${name}/${child.name}`));
}

/** Shared resources in REST v4. */
export function resourcesV4(site: Site): Route[] {
  const when = v4From(site, 'resources');
  const single = (how: string) => () => when() && site.unknowns().singleDownloadV4 === how;
  const download = (request: Request) => {
    const resource = fileResource(site, request).name;
    const entry = entryAt(site, resource, required(request, 'path'));
    if (entry.type === 'DIR') throw new HttpError(400, 'A folder has no contents to download.');
    return fileReply(site, request, resource, entry);
  };
  return [
    route('GET', BASE, { when, query: PAGING }, (request) => {
      const page = pageV4(site, request, site.store.list('resources'));
      return json(200, { ...page, items: page.items.map(connectionWire) });
    }),
    route('GET', `${BASE}/{res}/info`, { when, query: ['path'] }, (request) => {
      const resource = fileResource(site, request).name;
      const entry = entryAt(site, resource, request.query.get('path') ?? '');
      const more = site.unknowns().infoFieldsV4 === 'yes';
      const wire = ({ name, type, size, date }: FileEntry) =>
        more ? { name, type, size, date: date.toISOString() } : { name, type };
      if (entry.type === 'FILE') return json(200, wire(entry));
      const contents = (site.resources.children(resource, entry.path) ?? []).map(wire);
      return json(200, { ...wire(entry), contents });
    }),
    route(
      'POST',
      `${BASE}/{res}/upload`,
      { when, consumes: 'multipart', query: ['path', 'overwrite'] },
      async (request) => {
        const resource = fileResource(site, request).name;
        const folder = required(request, 'path');
        if (folder !== '' && site.resources.stat(resource, folder)?.type !== 'DIR') {
          site.resources.makeFolder(resource, folder);
        }
        const overwrite = request.query.get('overwrite') === 'true';
        const target = { area: site.resources, root: resource, folder, overwrite, field: 'files' };
        const uploaded = await takeUpload(site, request, target);
        const failed = site.faults.get('upload207') === true || uploaded.some((file) => !file.stored);
        const items = uploaded.map(({ name, stored }) => ({ name, status: stored ? 200 : 409 }));
        return json(failed ? 207 : 200, { items });
      },
    ),
    route('POST', `${BASE}/{res}/downloadzip`, { when, consumes: 'json' }, async (request) => {
      const resource = fileResource(site, request).name;
      const body = await readJsonBody(request.raw, zipBody, 400);
      const folder = body.path.replace(/\/+$/, '');
      const files = body.items.flatMap((item) =>
        filesBelow(site, resource, entryAt(site, resource, folder === '' ? item : `${folder}/${item}`), item),
      );
      const stream = () => {
        const zip = new ZipFile();
        const deflated = site.unknowns().downloadZipCompression === 'deflated';
        const out = new PassThrough();
        zip.on('error', (cause) => out.destroy(cause as Error));
        for (const { entry, name } of files) {
          zip.addFile(site.resources.locate(resource, entry.path), name, { compressionLevel: deflated ? 1 : 0 });
        }
        zip.end();
        return zip.outputStream.pipe(out);
      };
      const headers = { 'content-disposition': `attachment; filename="${encodeURIComponent(body.zipFileName)}"` };
      return { status: 200, headers, body: { kind: 'bytes', stream, size: undefined, type: 'application/zip' } };
    }),
    route('GET', `${BASE}/{res}/download`, { when: single('download'), query: ['path'] }, download),
    route('GET', `${BASE}/{res}/contents`, { when: single('contents'), query: ['path'] }, download),
    route('DELETE', `${BASE}/{res}/item`, { when, query: ['path'] }, (request) => {
      const resource = fileResource(site, request).name;
      const entry = entryAt(site, resource, required(request, 'path'));
      if (!site.resources.remove(resource, entry.path)) throw new HttpError(400, 'This cannot be deleted.');
      return empty();
    }),
  ];
}
