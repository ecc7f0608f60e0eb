import { z } from 'zod';
import { backupToDownload, backupToResource, restoreFromResource, restoreFromUpload } from '../api/backup.ts';
import { checkJsonField, readJsonBody, readMultipart } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { HttpError, json, text } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import { removeScratch } from '../migration/migration.ts';
import { renderLine, type Task, type TaskLogLine } from '../migration/task.ts';
import { BadPackage, readManifest } from '../migration/unzip.ts';
import { type Site, v4From } from '../site.ts';
import { taskWord } from '../unknowns.ts';
import { wireTime } from '../v3/migration.ts';

const BASE = '/fmeapiv4/migrations';
const name = z.string().min(1);
/** Safe's client sends empty topics when none were given. */
const topic = z.string().transform((value) => (value === '' ? undefined : value));

const downloadBody = z.strictObject({ packageName: name });
const backupBody = z.strictObject({
  resourceName: name,
  packagePath: name,
  successTopic: topic.optional(),
  failureTopic: topic.optional(),
});
const uploadRequest = z.strictObject({
  overwrite: z.boolean().default(false),
  pauseNotifications: z.boolean().default(true),
  successTopic: topic.optional(),
  failureTopic: topic.optional(),
});
const restoreBody = z.strictObject({ ...uploadRequest.shape, resourceName: name, packagePath: name });

function rulesOf(body: { overwrite: boolean; pauseNotifications: boolean }) {
  const importMode = body.overwrite ? ('UPDATE' as const) : ('INSERT' as const);
  return { importMode, pauseNotifications: body.pauseNotifications };
}

function wire(site: Site, task: Task): unknown {
  const { taskWordsV4, taskTypesV4 } = site.unknowns();
  return {
    id: task.id,
    type: taskTypesV4 === 'lower' ? task.type.toLowerCase() : task.type,
    username: task.user,
    userID: task.userId,
    startDate: wireTime(task.started),
    ...(task.finished === undefined ? {} : { finishedDate: wireTime(task.finished) }),
    status: taskWord(taskWordsV4, task.state),
    result: task.result,
    ...(task.packageName === undefined ? {} : { packageName: task.packageName }),
    ...(task.packagePath === undefined ? {} : { packagePath: task.packagePath }),
    ...(task.resourceName === undefined ? {} : { resourceName: task.resourceName }),
    ...(task.importMode === undefined ? {} : { importMode: task.importMode }),
    ...(task.pauseNotifications === undefined ? {} : { pauseNotifications: task.pauseNotifications }),
    ...(task.successTopic === undefined ? {} : { successTopic: task.successTopic }),
    ...(task.failureTopic === undefined ? {} : { failureTopic: task.failureTopic }),
  };
}

function taskOf(site: Site, request: Request): Task {
  const task = site.migration.get(Number(request.params.id));
  if (task === undefined) throw new HttpError(404, `The migration task "${request.params.id}" does not exist.`);
  return task;
}

function parsed(line: TaskLogLine, index: number, zone: string): unknown {
  const { time, status, message } = line;
  return { number: index + 1, time, status, message, line: renderLine(line, zone) };
}

/** Backup, restore and their tasks in REST v4. */
export function migrationsV4(site: Site): Route[] {
  const admin = { access: 'admin', when: v4From(site, 'migrations') } as const;
  return [
    route('POST', `${BASE}/backup/download`, { ...admin, consumes: 'json' }, async ({ raw, caller }) => {
      const body = await readJsonBody(raw, downloadBody, 400);
      return backupToDownload(site, caller, body.packageName);
    }),
    route('POST', `${BASE}/backup/resource`, { ...admin, consumes: 'json' }, async ({ raw, caller }) => {
      const body = await readJsonBody(raw, backupBody, 400);
      const task = await backupToResource(site, caller, body.resourceName, body.packagePath, body);
      return json(202, { id: task.id });
    }),
    route('POST', `${BASE}/restore/upload`, { ...admin, consumes: 'multipart' }, async ({ raw, caller }) => {
      const target = site.migration.scratchFile('upload.fsconfig');
      const body = await readMultipart(raw, (field) => {
        if (field !== 'file' && field !== 'request') throw new HttpError(400, `There is no part "${field}" here.`);
        return field === 'file' ? target : site.migration.scratchFile('request.json');
      });
      const file = body.files.find((part) => part.field === 'file');
      const request = body.fields.get('request');
      if (file === undefined || request === undefined || request.type !== 'application/json') {
        await removeScratch(target);
        throw new HttpError(400, 'The parts "file" and "request" (application/json) are required.');
      }
      const rules = checkJsonField(request.value, uploadRequest);
      if (site.unknowns().badPackageV4 === '500') {
        await readManifest(target).catch((cause: unknown) => {
          throw new HttpError(cause instanceof BadPackage ? 500 : 502, (cause as Error).message);
        });
      }
      const task = await restoreFromUpload(site, caller, target, file.fileName, rulesOf(rules), rules);
      return json(202, { id: task.id });
    }),
    route('POST', `${BASE}/restore/resource`, { ...admin, consumes: 'json' }, async ({ raw, caller }) => {
      const body = await readJsonBody(raw, restoreBody, 400);
      const task = await restoreFromResource(site, caller, body.resourceName, body.packagePath, rulesOf(body), body);
      return json(202, { id: task.id });
    }),
    route('GET', `${BASE}/tasks`, { ...admin, query: PAGING }, (request) => {
      const page = pageV4(site, request, site.migration.list());
      return json(200, { ...page, items: page.items.map((task) => wire(site, task)) });
    }),
    route('GET', `${BASE}/tasks/{id}`, admin, (request) => json(200, wire(site, taskOf(site, request)))),
    route('GET', `${BASE}/tasks/{id}/log`, admin, (request) => {
      const zone = site.settings().timeZone;
      const lines = site.migration.log(taskOf(site, request).id).map((line) => renderLine(line, zone));
      return text(
        200,
        ['Opening log file using character encoding UTF-8', ...lines].join('\n'),
        'application/octet-stream',
      );
    }),
    route('GET', `${BASE}/tasks/{id}/log/parsed`, { ...admin, query: PAGING }, (request) => {
      const zone = site.settings().timeZone;
      const lines = site.migration.log(taskOf(site, request).id).map((line, index) => parsed(line, index, zone));
      return json(200, pageV4(site, request, lines));
    }),
  ];
}
