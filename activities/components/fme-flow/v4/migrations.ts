import { failure } from '../../../failure.ts';
import type { MigrationApi } from '../api.ts';
import { number, type Record_ } from '../fields.ts';
import type { FlowHttp } from '../http.ts';
import { multipart } from '../multipart.ts';
import { V4_FIRST } from '../paging.ts';
import { hasStatus } from '../problem.ts';
import { wholeTaskList } from '../task-list.ts';
import { migrationTask } from '../task-words.ts';

const BASE = '/fmeapiv4/migrations';
/** A standby must take what the active changed, not only what it added. */
const OVERWRITE = { overwrite: true, pauseNotifications: true } as const;

/** Backup, restore and their tasks in REST v4. */
export function migrationsV4(http: FlowHttp): MigrationApi {
  const idOf = (body: Record_): number => {
    const id = number(body, 'id');
    if (id === undefined) throw failure('Unavailable', `${http.url} did not tell the number of the task it started`);
    return id;
  };
  return {
    async backupToResource({ resource, path }, signal) {
      const json = { resourceName: resource, packagePath: path };
      return idOf((await http.call('POST', `${BASE}/backup/resource`, { signal, json })).json());
    },
    backupDownload: (name, signal) =>
      http.download('POST', `${BASE}/backup/download`, {
        signal,
        json: { packageName: name },
        accept: 'application/octet-stream, application/json;q=0.5',
      }),
    async restoreFromResource({ resource, path }, signal) {
      const json = { resourceName: resource, packagePath: path, ...OVERWRITE };
      return idOf((await http.call('POST', `${BASE}/restore/resource`, { signal, json })).json());
    },
    async restoreUpload({ name, stream, bytes }, signal) {
      const body = multipart({ field: 'file', name, stream, bytes }, { request: OVERWRITE });
      return idOf((await http.call('POST', `${BASE}/restore/upload`, { signal, body, long: true })).json());
    },
    tasks: (signal) => wholeTaskList(http, `${BASE}/tasks`, { signal, first: V4_FIRST }),
    async task(id, signal) {
      try {
        return migrationTask((await http.call('GET', `${BASE}/tasks/${id}`, { signal })).json());
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async log(id, signal) {
      const accept = 'application/octet-stream';
      return (await http.call('GET', `${BASE}/tasks/${id}/log`, { signal, accept })).text;
    },
  };
}
