import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HttpError, type Reply } from '../http/reply.ts';
import type { Caller } from '../http/router.ts';
import type { ExportScope } from '../migration/export.ts';
import type { MergeRules } from '../migration/merge.ts';
import { removeScratch } from '../migration/migration.ts';
import type { Task } from '../migration/task.ts';
import type { Site } from '../site.ts';
import type { Project } from '../state/items.ts';

/** A project and its items: the only thing whose import can bring items in disabled. */
function scopeOf(project: Project, excludeSensitiveInfo: boolean): ExportScope {
  const held = new Set(project.items.map((item) => `${item.kind}/${item.key}`));
  held.add(`projects/${project.name}`);
  return {
    contentType: 'PROJECT',
    includes: (kind, key) => held.has(`${kind}/${key}`),
    projectNames: [project.name],
    excludeSensitiveInfo,
  };
}

/** Exports a project; the request stays open until the package is made. */
export async function exportProject(
  site: Site,
  caller: Caller,
  project: Project,
  packageName: string,
  excludeSensitiveInfo: boolean,
): Promise<Reply> {
  const target = site.migration.scratchFile(packageName);
  const task = await site.migration.startExport(
    {
      type: 'EXPORT',
      contentType: 'PROJECT',
      user: caller.name,
      userId: caller.id,
      packageName,
      excludeSensitiveInfo,
      projectNames: [project.name],
    },
    scopeOf(project, excludeSensitiveInfo),
    target,
  );
  const ended = await site.migration.ended(task.id);
  if (ended?.state !== 'success') {
    await removeScratch(target);
    throw new HttpError(500, ended?.result ?? 'The export did not end.');
  }
  const { size } = await stat(target);
  return {
    status: 200,
    body: { kind: 'bytes', stream: () => createReadStream(target), size, type: 'application/octet-stream' },
    after: () => removeScratch(target),
  };
}

/** Starts the import of an uploaded project package, which is removed behind it. */
export function importProject(
  site: Site,
  caller: Caller,
  file: string,
  packageName: string,
  rules: MergeRules & { pauseNotifications: boolean; successTopic?: string; failureTopic?: string },
): Promise<Task> {
  const { disableItems, importMode, projectsImportMode, pauseNotifications, successTopic, failureTopic } = rules;
  return site.migration.startImport(
    {
      type: 'IMPORT',
      contentType: 'PROJECT',
      user: caller.name,
      userId: caller.id,
      packageName,
      importMode,
      projectsImportMode,
      pauseNotifications,
      disableProjectItems: disableItems,
      ...(successTopic === undefined ? {} : { successTopic }),
      ...(failureTopic === undefined ? {} : { failureTopic }),
    },
    { importMode, projectsImportMode, disableItems },
    file,
    () => removeScratch(file),
  );
}
