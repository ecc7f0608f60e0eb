import { z } from 'zod';
import { backupToDownload, backupToResource, restoreFromResource, restoreFromUpload } from '../api/backup.ts';
import { readForm, readQuery, saveBytes } from '../http/body.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { HttpError, json, text } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import { removeScratch } from '../migration/migration.ts';
import { renderLine, type Task } from '../migration/task.ts';
import { BadPackage, readManifest } from '../migration/unzip.ts';
import type { Site } from '../site.ts';
import { taskWord } from '../unknowns.ts';

const BASE = '/fmerest/v3/migration';
const mode = z.enum(['UPDATE', 'INSERT']);
const bool = z.enum(['true', 'false']);
const name = z.string().min(1);

const downloadForm = z.strictObject({ exportPackageName: name });
const resourceForm = z.strictObject({
  exportPackage: name,
  resourceName: name.default('FME_SHAREDRESOURCE_BACKUP'),
  successTopic: name.default('MIGRATION_ASYNC_JOB_SUCCESS'),
  failureTopic: name.default('MIGRATION_ASYNC_JOB_FAILURE'),
});
const uploadQuery = z.strictObject({
  importMode: mode.default('INSERT'),
  projectsImportMode: mode.optional(),
  pauseNotifications: bool.default('true'),
  // Safe's own command line client sends it with an upload; it has no meaning there.
  resourceName: z.string().optional(),
});
const resourceQuery = z.strictObject({
  resourceName: name.default('FME_SHAREDRESOURCE_BACKUP'),
  importPackage: name,
  importMode: mode.default('INSERT'),
  projectsImportMode: mode.optional(),
  pauseNotifications: bool.default('true'),
  successTopic: name.default('MIGRATION_ASYNC_JOB_SUCCESS'),
  failureTopic: name.default('MIGRATION_ASYNC_JOB_FAILURE'),
});

/** Times in task records have whole seconds. */
export function wireTime(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

function wire(site: Site, task: Task): unknown {
  const { user, userId: _id, started, finished, state, ...rest } = task;
  return {
    ...rest,
    userName: user,
    startDate: wireTime(started),
    ...(finished === undefined ? {} : { finishedDate: wireTime(finished) }),
    status: taskWord(site.unknowns().taskWordsV3, state),
  };
}

function taskOf(site: Site, request: Request): Task {
  const task = site.migration.get(Number(request.params.id));
  if (task === undefined) throw new HttpError(404, `There is no migration task ${request.params.id}.`);
  return task;
}

/** Backup, restore and their tasks in REST v3. */
export function migrationV3(site: Site): Route[] {
  const admin = { access: 'admin' } as const;
  return [
    route('POST', `${BASE}/backup/download`, { ...admin, consumes: 'form' }, async ({ raw, caller }) => {
      const form = await readForm(raw, downloadForm);
      const accept = raw.headers.accept ?? '*/*';
      if (!/octet-stream|\*\/\*/.test(accept)) throw new HttpError(406, 'This gives application/octet-stream.');
      return backupToDownload(site, caller, form.exportPackageName);
    }),
    route('POST', `${BASE}/backup/resource`, { ...admin, consumes: 'form' }, async ({ raw, caller }) => {
      const form = await readForm(raw, resourceForm);
      const task = await backupToResource(site, caller, form.resourceName, form.exportPackage, form);
      return json(202, { id: task.id });
    }),
    route(
      'POST',
      `${BASE}/restore/upload`,
      { ...admin, consumes: 'bytes', query: Object.keys(uploadQuery.shape) },
      async ({ raw, query, caller }) => {
        const rules = readQuery(query, uploadQuery, 422);
        const file = site.migration.scratchFile('upload.fsconfig');
        await saveBytes(raw, file);
        try {
          await readManifest(file);
        } catch (cause) {
          await removeScratch(file);
          if (cause instanceof BadPackage) throw new HttpError(500, cause.message);
          throw cause;
        }
        const pauseNotifications = rules.pauseNotifications === 'true';
        const task = await restoreFromUpload(
          site,
          caller,
          file,
          'upload.fsconfig',
          { ...rules, pauseNotifications },
          {},
        );
        // The request stays open to the end, whatever it comes to: the task's record tells.
        await site.migration.ended(task.id);
        return json(200, { id: task.id });
      },
    ),
    route(
      'POST',
      `${BASE}/restore/resource`,
      { ...admin, query: Object.keys(resourceQuery.shape) },
      async ({ query, caller }) => {
        const rules = readQuery(query, resourceQuery, 422);
        const pauseNotifications = rules.pauseNotifications === 'true';
        const { resourceName, importPackage } = rules;
        const task = await restoreFromResource(
          site,
          caller,
          resourceName,
          importPackage,
          { ...rules, pauseNotifications },
          rules,
        );
        return json(202, { id: task.id });
      },
    ),
    route('GET', `${BASE}/tasks`, { ...admin, query: PAGING }, (request) => {
      const page = pageV3(site, request, site.migration.list());
      return json(200, { ...page, items: page.items.map((task) => wire(site, task)) });
    }),
    route('GET', `${BASE}/tasks/id/{id}`, admin, (request) => json(200, wire(site, taskOf(site, request)))),
    route('GET', `${BASE}/tasks/id/{id}/log`, admin, (request) => {
      const lines = site.migration.log(taskOf(site, request).id);
      const zone = site.settings().timeZone;
      const rendered = lines.map((line) => renderLine(line, zone));
      const content = ['Opening log file using character encoding UTF-8', ...rendered].join('\n');
      return text(200, content, 'application/octet-stream');
    }),
  ];
}
