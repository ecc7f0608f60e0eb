import { z } from 'zod';
import { exportProject, importProject } from '../api/projects.ts';
import { readForm, readQuery, saveBytes } from '../http/body.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { HttpError, json } from '../http/reply.ts';
import { type Route, route } from '../http/router.ts';
import { removeScratch } from '../migration/migration.ts';
import { readManifest } from '../migration/unzip.ts';
import type { Site } from '../site.ts';

const BASE = '/fmerest/v3/projects';
const bool = z.enum(['true', 'false']);
const mode = z.enum(['UPDATE', 'INSERT']);

const exportForm = z.strictObject({
  exportPackageName: z.string().min(1),
  excludeSensitiveInfo: bool.default('false'),
});
const importQuery = z.strictObject({
  importMode: mode.default('INSERT'),
  projectsImportMode: mode.optional(),
  pauseNotifications: bool.default('true'),
  disableProjectItems: bool.default('false'),
});

/** Projects in REST v3. */
export function projectsV3(site: Site): Route[] {
  const admin = { access: 'admin' } as const;
  return [
    route('GET', `${BASE}/projects`, { query: [...PAGING, 'owner'] }, (request) => {
      const owner = request.query.get('owner');
      const all = site.store.list('projects').filter((each) => owner === null || each.owner === owner);
      return json(200, pageV3(site, request, all));
    }),
    route('GET', `${BASE}/projects/{name}`, {}, ({ params }) => {
      const project = site.store.get('projects', params.name ?? '');
      if (project === undefined) throw new HttpError(404, `There is no project "${params.name}".`);
      return json(200, project);
    }),
    route('POST', `${BASE}/projects/{name}/export/download`, { ...admin, consumes: 'form' }, async (request) => {
      const form = await readForm(request.raw, exportForm);
      const project = site.store.get('projects', request.params.name ?? '');
      if (project === undefined) throw new HttpError(422, `There is no project "${request.params.name}".`);
      const exclude = form.excludeSensitiveInfo === 'true';
      return exportProject(site, request.caller, project, form.exportPackageName, exclude);
    }),
    route(
      'POST',
      `${BASE}/import/upload`,
      { ...admin, consumes: 'bytes', query: Object.keys(importQuery.shape) },
      async ({ raw, query, caller }) => {
        const given = readQuery(query, importQuery, 422);
        const file = site.migration.scratchFile('upload.fsproject');
        await saveBytes(raw, file);
        await readManifest(file).catch(async (cause: Error) => {
          await removeScratch(file);
          throw new HttpError(500, cause.message);
        });
        const task = await importProject(site, caller, file, 'upload.fsproject', {
          importMode: given.importMode,
          projectsImportMode: given.projectsImportMode ?? given.importMode,
          disableItems: given.disableProjectItems === 'true',
          pauseNotifications: given.pauseNotifications === 'true',
        });
        await site.migration.ended(task.id);
        return json(200, { id: task.id });
      },
    ),
  ];
}
