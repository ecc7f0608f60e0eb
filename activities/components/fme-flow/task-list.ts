import { failure } from '../../failure.ts';
import type { MigrationTask } from './api.ts';
import type { FlowHttp, Query } from './http.ts';
import { readAll } from './paging.ts';
import { migrationTask } from './task-words.ts';

/**
 * Every backup and restore that the server lists. Fails with `Unavailable` unless the list is whole, also where there is none
 * (404): what is not listed counts as ended, so a list that cannot be had must not be taken for an empty one.
 */
export async function wholeTaskList(
  http: FlowHttp,
  path: string,
  options: { readonly signal: AbortSignal; readonly first: Query },
): Promise<readonly MigrationTask[]> {
  const list = await readAll(http, path, options);
  if (list?.complete) return list.items.map(migrationTask);
  const what =
    list === undefined ? `does not know ${path}` : `gave only ${list.items.length} tasks of ${path}, and counts more`;
  throw failure(
    'Unavailable',
    `${http.url} ${what}: whether a backup or restore still runs in it cannot be told. Look at its page Backup & Restore, and at proxies on the way`,
  );
}
