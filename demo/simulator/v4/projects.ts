import { posix } from 'node:path';
import { z } from 'zod';
import { exportProject, importProject } from '../api/projects.ts';
import { readJsonBody, readMultipart } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, HttpError, json } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import { removeScratch } from '../migration/migration.ts';
import { readManifest } from '../migration/unzip.ts';
import { type Site, v4From } from '../site.ts';
import type { Project } from '../state/items.ts';

const BASE = '/fmeapiv4/projects';

const exportBody = z.strictObject({
  exportPackageName: z.string().min(1),
  includeSensitiveInfo: z.boolean().default(false),
  selectedItems: z.array(z.unknown()).nullish(),
  excludeAllSelectableItems: z.boolean().default(false),
});
const runBody = z.strictObject({
  overwrite: z.boolean().default(false),
  pauseNotifications: z.boolean().default(true),
  disableItems: z.boolean().default(false),
  fallbackOwnerID: z.string().nullish(),
  selectedItems: z.array(z.unknown()).nullish(),
  notification: z
    .strictObject({ type: z.string(), successTopic: z.string().optional(), failureTopic: z.string().optional() })
    .nullish(),
});

/** An uploaded project package: its preview is ready at once, it is imported when it is run. */
interface Import {
  id: number;
  file: string;
  fileName: string;
  owner: string;
  ownerID: string;
  requested: string;
  request?: z.infer<typeof runBody>;
  task?: number;
}

function wire(site: Site, project: Project) {
  const { id, name, description, version, owner } = project;
  return { id, name, description, version, owner, ownerID: site.store.get('users', owner)?.id ?? '', shareable: true };
}

/** Projects in REST v4, with their import in two steps. */
export function projectsV4(site: Site): Route[] {
  const when = v4From(site, 'projects');
  const admin = { access: 'admin', when } as const;
  const imports = new Map<number, Import>();
  const find = (request: Request): Project => {
    const project = site.store.list('projects').find((each) => each.id === request.params.id);
    if (project === undefined) throw new HttpError(404, `The project "${request.params.id}" does not exist.`);
    return project;
  };
  const importOf = (request: Request): Import => {
    const found = imports.get(Number(request.params.id));
    if (found === undefined) throw new HttpError(404, `The import "${request.params.id}" does not exist.`);
    return found;
  };
  const status = (each: Import): string => {
    const task = each.task === undefined ? undefined : site.migration.get(each.task);
    if (task === undefined) return 'previewReady';
    if (task.finished === undefined) return 'importing';
    return task.state === 'success' ? 'imported' : 'failed';
  };
  return [
    route('GET', BASE, { when, query: [...PAGING, 'filterString', 'filterProperties'] }, (request) => {
      const filter = request.query.get('filterString') ?? '';
      const field = request.query.get('filterProperties') === 'owner' ? 'owner' : 'name';
      const page = pageV4(
        site,
        request,
        site.store.list('projects').filter((each) => each[field].includes(filter)),
      );
      return json(200, { ...page, items: page.items.map((each) => wire(site, each)) });
    }),
    route('GET', `${BASE}/{id}`, { when }, (request) => json(200, wire(site, find(request)))),
    route('DELETE', `${BASE}/{id}`, { when, query: ['deleteDependencies'] }, async (request) => {
      site.store.remove('projects', find(request).name);
      await site.store.flush();
      return empty();
    }),
    route('GET', `${BASE}/{id}/items`, { when, query: [...PAGING, 'type', 'includeDependencies'] }, (request) => {
      const { owner, items } = find(request);
      const wired = items.map(({ kind, key }) => ({ id: key, name: key, type: kind, owner, dependencies: null }));
      return json(200, pageV4(site, request, wired));
    }),
    route('POST', `${BASE}/{id}/export/download`, { ...admin, consumes: 'json' }, async (request) => {
      const body = await readJsonBody(request.raw, exportBody, 400);
      return exportProject(site, request.caller, find(request), body.exportPackageName, !body.includeSensitiveInfo);
    }),
    route(
      'POST',
      `${BASE}/imports/upload`,
      { ...admin, consumes: 'multipart', query: ['skipPreview'] },
      async ({ raw, caller }) => {
        const file = site.migration.scratchFile('upload.fsproject');
        const body = await readMultipart(raw, () => file);
        const part = body.files.find((each) => each.field === 'file');
        if (part === undefined) throw new HttpError(400, 'The part "file" is required.');
        await readManifest(file).catch(async (cause: Error) => {
          await removeScratch(file);
          throw new HttpError(500, cause.message);
        });
        const id = imports.size + 1;
        const requested = site.now().toISOString();
        const fileName = posix.basename(part.fileName);
        imports.set(id, { id, file, fileName, owner: caller.name, ownerID: caller.id, requested });
        return { status: 201, headers: { location: `http://${raw.headers.host}${BASE}/imports/${id}` } };
      },
    ),
    route('GET', `${BASE}/imports/{id}`, admin, (request) => {
      const each = importOf(request);
      const { id, owner, ownerID, requested, fileName } = each;
      const fields = { jobId: id, status: status(each), owner, ownerID, requested, generated: requested, fileName };
      return json(200, each.request === undefined ? fields : { ...fields, request: each.request });
    }),
    route('DELETE', `${BASE}/imports/{id}`, admin, async (request) => {
      const each = importOf(request);
      imports.delete(each.id);
      await removeScratch(each.file);
      return empty();
    }),
    route('GET', `${BASE}/imports/{id}/items`, { ...admin, query: [...PAGING, 'selectable'] }, (request) => {
      importOf(request);
      return json(200, pageV4(site, request, []));
    }),
    route('POST', `${BASE}/imports/{id}/run`, { ...admin, consumes: 'json' }, async (request) => {
      const each = importOf(request);
      const body = await readJsonBody(request.raw, runBody, 400);
      if (each.task !== undefined) throw new HttpError(409, 'The import was run already.');
      const importMode = body.overwrite ? 'UPDATE' : 'INSERT';
      const { successTopic, failureTopic } = body.notification ?? {};
      const task = await importProject(site, request.caller, each.file, each.fileName, {
        importMode,
        projectsImportMode: importMode,
        disableItems: body.disableItems,
        pauseNotifications: body.pauseNotifications,
        ...(successTopic === undefined ? {} : { successTopic }),
        ...(failureTopic === undefined ? {} : { failureTopic }),
      });
      each.request = body;
      each.task = task.id;
      return empty(202);
    }),
    // Before an import is run, its task is that of the preview.
    route('GET', `${BASE}/tasks/{id}`, admin, (request) => {
      const each = importOf(request);
      const state = status(each);
      const fields = { id: each.id, type: 'import', username: each.owner, startDate: each.requested };
      return json(200, { ...fields, status: state === 'previewReady' || state === 'imported' ? 'success' : state });
    }),
  ];
}
