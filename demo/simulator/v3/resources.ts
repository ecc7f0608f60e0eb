import { posix } from 'node:path';
import { takeUpload } from '../api/uploads.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { empty, HttpError, json, type Reply } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import type { Site } from '../site.ts';
import type { ResourceConnection } from '../state/items.ts';
import type { FileEntry } from '../state/resource-files.ts';
import { wireTime } from './migration.ts';

const BASE = '/fmerest/v3/resources/connections';

export function connectionWire(resource: ResourceConnection): unknown {
  const { name, displayName, description, type } = resource;
  return { name, displayName, description, type, isMigratable: resource.migratable, parameters: resource.parameters };
}

/** A resource whose files the server can reach. */
export function fileResource(site: Site, request: Request, status = 404): ResourceConnection {
  const resource = site.store.get('resources', request.params.res ?? '');
  if (resource === undefined) throw new HttpError(status, `There is no shared resource "${request.params.res}".`);
  if (resource.type !== 'FILE') throw new HttpError(422, `The shared resource "${resource.name}" cannot be reached.`);
  return resource;
}

/** A file's entry, or 404; a path that leads out of the resource is 422. */
export function entryAt(site: Site, resource: string, path: string): FileEntry {
  try {
    const entry = site.resources.stat(resource, path);
    if (entry !== undefined) return entry;
  } catch (cause) {
    throw new HttpError(422, (cause as Error).message);
  }
  throw new HttpError(404, `There is no "${path}" in the shared resource "${resource}".`);
}

/** The bytes of a file, or a part of them where the switch allows ranges. */
export function fileReply(site: Site, request: Request, resource: string, entry: FileEntry): Reply {
  const wanted = /^bytes=(\d+)-(\d*)$/.exec(request.raw.headers.range ?? '');
  const type = 'application/octet-stream';
  const headers = { 'content-disposition': `attachment; filename="${encodeURIComponent(entry.name)}"` };
  if (wanted !== null && site.unknowns().rangeRequests === 'yes') {
    const start = Number(wanted[1]);
    const end = wanted[2] === '' ? entry.size - 1 : Math.min(Number(wanted[2]), entry.size - 1);
    if (start > end) throw new HttpError(416, 'The range is outside of the file.');
    const stream = () => site.resources.read(resource, entry.path, { start, end });
    return {
      status: 206,
      headers: { ...headers, 'content-range': `bytes ${start}-${end}/${entry.size}` },
      body: { kind: 'bytes', stream, size: end - start + 1, type },
    };
  }
  const stream = () => site.resources.read(resource, entry.path);
  return { status: 200, headers, body: { kind: 'bytes', stream, size: entry.size, type } };
}

interface Listing {
  name: string;
  path: string;
  type: string;
  size: number;
  date: string;
  contents?: Listing[];
}

function folderOf(path: string): string {
  const folder = posix.dirname(`/${path}`);
  return folder.endsWith('/') ? folder : `${folder}/`;
}

function listing(site: Site, resource: string, entry: FileEntry, depth: number): Listing {
  const { name, type, size, date } = entry;
  const own: Listing = { name, path: folderOf(entry.path), type, size, date: wireTime(date.toISOString()) };
  if (type === 'FILE' || depth === 0) return own;
  const children = site.resources.children(resource, entry.path) ?? [];
  return { ...own, contents: children.map((child) => listing(site, resource, child, depth - 1)) };
}

/** Shared resources in REST v3. */
export function resourcesV3(site: Site): Route[] {
  const path = `${BASE}/{res}/filesys/{path*}`;
  return [
    route('GET', BASE, { query: PAGING }, (request) => {
      const page = pageV3(site, request, site.store.list('resources'));
      return json(200, { ...page, items: page.items.map(connectionWire) });
    }),
    route('GET', `${BASE}/{res}`, {}, ({ params }) => {
      const resource = site.store.get('resources', params.res ?? '');
      if (resource === undefined) throw new HttpError(404, `There is no shared resource "${params.res}".`);
      return json(200, connectionWire(resource));
    }),
    route('GET', path, { query: ['depth', 'accept', 'detail'] }, (request) => {
      const resource = fileResource(site, request).name;
      const entry = entryAt(site, resource, request.params.path ?? '');
      const accept = request.raw.headers.accept ?? '';
      const bytes = request.query.get('accept') === 'contents' || accept.includes('application/octet-stream');
      if (bytes && entry.type === 'DIR') throw new HttpError(422, 'A folder has no contents to download.');
      if (bytes) return fileReply(site, request, resource, entry);
      const depth = request.query.get('depth') ?? '1';
      if (!/^\d+$/.test(depth)) throw new HttpError(422, 'depth is a number.');
      return json(200, listing(site, resource, entry, Number(depth)));
    }),
    route(
      'POST',
      path,
      { consumes: 'multipart-or-bytes', query: ['createDirectories', 'overwrite', 'type'] },
      async (request) => {
        const resource = fileResource(site, request).name;
        const folder = request.params.path ?? '';
        if (!['FILE', null].includes(request.query.get('type'))) throw new HttpError(422, 'type is FILE here.');
        if (request.query.get('createDirectories') === 'true') site.resources.makeFolder(resource, folder);
        if (entryAt(site, resource, folder).type !== 'DIR') throw new HttpError(422, 'The target is not a folder.');
        const overwrite = request.query.get('overwrite') === 'true';
        const uploaded = await takeUpload(site, request, { area: site.resources, root: resource, folder, overwrite });
        if (uploaded.some((file) => !file.stored)) throw new HttpError(409, 'The file exists already.');
        const files = uploaded.map((file) => ({
          name: file.name,
          path: folderOf(file.path),
          type: 'FILE',
          size: file.size,
        }));
        return json(site.faults.get('upload207') === true ? 207 : 200, files);
      },
    ),
    route('DELETE', path, {}, (request) => {
      const resource = fileResource(site, request).name;
      const entry = entryAt(site, resource, request.params.path ?? '');
      if (!site.resources.remove(resource, entry.path)) throw new HttpError(422, 'This cannot be deleted.');
      return empty();
    }),
  ];
}
