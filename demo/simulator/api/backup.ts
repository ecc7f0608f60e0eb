import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { HttpError, type Reply } from '../http/reply.ts';
import type { Caller } from '../http/router.ts';
import { WHOLE_SYSTEM } from '../migration/export.ts';
import { removeScratch, type TaskOrder } from '../migration/migration.ts';
import type { ImportMode, Task } from '../migration/task.ts';
import type { Site } from '../site.ts';

export interface Topics {
  successTopic?: string | undefined;
  failureTopic?: string | undefined;
}

function topicsOf(topics: Topics): Pick<Task, 'successTopic' | 'failureTopic'> {
  return {
    ...(topics.successTopic === undefined ? {} : { successTopic: topics.successTopic }),
    ...(topics.failureTopic === undefined ? {} : { failureTopic: topics.failureTopic }),
  };
}

function order(type: Task['type'], caller: Caller): Pick<TaskOrder, 'type' | 'user' | 'userId' | 'contentType'> {
  return { type, user: caller.name, userId: caller.id, contentType: 'SYSTEM' };
}

/** Refuses a second task where the switch says so. */
function checkBusy(site: Site): void {
  if (site.unknowns().parallelTasks === 'refuse' && site.migration.busy()) {
    throw new HttpError(409, 'Another migration task is running.');
  }
}

function fileResource(site: Site, name: string): void {
  if (site.store.get('resources', name)?.type !== 'FILE') {
    throw new HttpError(422, `The shared resource "${name}" does not exist or holds no files.`);
  }
}

/** Starts a backup into a shared resource. */
export async function backupToResource(
  site: Site,
  caller: Caller,
  resource: string,
  path: string,
  topics: Topics,
): Promise<Task> {
  checkBusy(site);
  fileResource(site, resource);
  const target = locate(site, resource, path);
  const packageName = posix.basename(path);
  return site.migration.startExport(
    {
      ...order('EXPORT', caller),
      packageName,
      packagePath: path,
      resourceName: resource,
      excludeSensitiveInfo: false,
      ...topicsOf(topics),
    },
    WHOLE_SYSTEM,
    target,
  );
}

function locate(site: Site, resource: string, path: string): string {
  try {
    return site.resources.locate(resource, path);
  } catch (cause) {
    throw new HttpError(422, (cause as Error).message);
  }
}

/** Makes a backup and hands it over: the request stays open until it is made. */
export async function backupToDownload(site: Site, caller: Caller, packageName: string): Promise<Reply> {
  checkBusy(site);
  const target = site.migration.scratchFile(packageName);
  const task = await site.migration.startExport(
    { ...order('EXPORT', caller), packageName, excludeSensitiveInfo: false },
    WHOLE_SYSTEM,
    target,
  );
  const ended = await site.migration.ended(task.id);
  if (ended?.state !== 'success') {
    await removeScratch(target);
    throw new HttpError(500, ended?.result ?? 'The backup did not end.');
  }
  return {
    status: 200,
    headers: { 'content-disposition': `attachment; filename="${packageName.replaceAll('"', '')}"` },
    body: {
      kind: 'bytes',
      stream: () => createReadStream(target, { highWaterMark: 256 * 1024 }),
      size: (await stat(target)).size,
      type: 'application/octet-stream',
    },
    after: () => removeScratch(target),
  };
}

export interface RestoreRules {
  importMode: ImportMode;
  projectsImportMode?: ImportMode | undefined;
  pauseNotifications: boolean;
}

function importOrder(caller: Caller, rules: RestoreRules): TaskOrder {
  return {
    ...order('IMPORT', caller),
    importMode: rules.importMode,
    projectsImportMode: rules.projectsImportMode ?? rules.importMode,
    pauseNotifications: rules.pauseNotifications,
    disableProjectItems: false,
  };
}

function mergeRules(rules: RestoreRules) {
  const { importMode } = rules;
  return { importMode, projectsImportMode: rules.projectsImportMode ?? importMode, disableItems: false };
}

/** Starts a restore from a file in a shared resource; 422 when resource or file are missing. */
export async function restoreFromResource(
  site: Site,
  caller: Caller,
  resource: string,
  path: string,
  rules: RestoreRules,
  topics: Topics,
): Promise<Task> {
  checkBusy(site);
  fileResource(site, resource);
  const source = locate(site, resource, path);
  if (!existsSync(source)) throw new HttpError(422, `There is no file "${path}" in the shared resource "${resource}".`);
  return site.migration.startImport(
    {
      ...importOrder(caller, rules),
      packageName: posix.basename(path),
      packagePath: path,
      resourceName: resource,
      ...topicsOf(topics),
    },
    mergeRules(rules),
    source,
  );
}

/** Starts a restore from an uploaded file in the scratch space, which is removed behind it. */
export async function restoreFromUpload(
  site: Site,
  caller: Caller,
  file: string,
  packageName: string,
  rules: RestoreRules,
  topics: Topics,
): Promise<Task> {
  checkBusy(site);
  return site.migration.startImport(
    { ...importOrder(caller, rules), packageName, ...topicsOf(topics) },
    mergeRules(rules),
    file,
    () => removeScratch(file),
  );
}
