import { failure } from '../../../failure.ts';
import type { MigrationApi } from '../api.ts';
import { number, type Record_ } from '../fields.ts';
import type { FlowHttp } from '../http.ts';
import { exactly } from '../multipart.ts';
import { V3_FIRST } from '../paging.ts';
import { hasStatus } from '../problem.ts';
import { wholeTaskList } from '../task-list.ts';
import { migrationTask } from '../task-words.ts';

const BASE = '/fmerest/v3/migration';
/** A standby must take what the active changed, not only what it added. */
const OVERWRITE = { importMode: 'UPDATE', projectsImportMode: 'UPDATE', pauseNotifications: true } as const;

/** Backup, restore and their tasks in REST v3. */
export function migrationsV3(http: FlowHttp): MigrationApi {
  const idOf = (body: Record_): number => {
    const id = number(body, 'id');
    if (id === undefined) throw failure('Unavailable', `${http.url} did not tell the number of the task it started`);
    return id;
  };
  return {
    async backupToResource({ resource, path }, signal) {
      const answer = await http.call('POST', `${BASE}/backup/resource`, {
        signal,
        form: { exportPackage: path, resourceName: resource },
      });
      return idOf(answer.json());
    },
    backupDownload: (name, signal) =>
      http.download('POST', `${BASE}/backup/download`, {
        signal,
        form: { exportPackageName: name },
        accept: 'application/octet-stream',
      }),
    async restoreFromResource({ resource, path }, signal) {
      const answer = await http.call('POST', `${BASE}/restore/resource`, {
        signal,
        query: { resourceName: resource, importPackage: path, ...OVERWRITE },
      });
      return idOf(answer.json());
    },
    async restoreUpload({ stream, bytes }, signal) {
      const answer = await http.call('POST', `${BASE}/restore/upload`, {
        signal,
        query: OVERWRITE,
        body: { stream: exactly(stream, bytes), bytes, type: 'application/octet-stream' },
        long: true,
      });
      return idOf(answer.json());
    },
    tasks: (signal) => wholeTaskList(http, `${BASE}/tasks`, { signal, first: V3_FIRST }),
    async task(id, signal) {
      try {
        return migrationTask((await http.call('GET', `${BASE}/tasks/id/${id}`, { signal })).json());
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async log(id, signal) {
      const accept = 'application/octet-stream';
      return (await http.call('GET', `${BASE}/tasks/id/${id}/log`, { signal, accept })).text;
    },
  };
}
