import type { ResourceApi } from '../api.ts';
import { defined, number, type Record_, records, text, time, truth } from '../fields.ts';
import { type FlowHttp, innerPath, pathOf } from '../http.ts';
import { exactly } from '../multipart.ts';
import { readAll, V3_FIRST } from '../paging.ts';
import { hasStatus } from '../problem.ts';

const BASE = '/fmerest/v3/resources/connections';

/** Shared resources in REST v3. */
export function resourcesV3(http: FlowHttp): ResourceApi {
  const place = (resource: string, path: string): string => `${pathOf(BASE, resource, 'filesys')}/${innerPath(path)}`;
  return {
    async resources(signal) {
      const list = await readAll(http, BASE, { signal, first: V3_FIRST });
      const items = (list?.items ?? []).map((item) =>
        defined({
          name: text(item, 'name') ?? '?',
          type: text(item, 'type') ?? 'FILE',
          migratable: truth(item, 'isMigratable', 'migratable'),
        }),
      );
      return { items, complete: list?.complete ?? false };
    },
    async list(resource, folder, signal) {
      try {
        const answer = await http.call('GET', place(resource, folder), { signal, query: { depth: 1 } });
        return records(answer.json<Record_>().contents).map(sharedFile);
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async upload({ resource, name, stream, bytes }, signal) {
      await http.call('POST', place(resource, ''), {
        signal,
        query: { createDirectories: true, overwrite: true },
        headers: { 'content-disposition': `attachment; filename="${name}"` },
        body: { stream: exactly(stream, bytes), bytes, type: 'application/octet-stream' },
        // 207: a part of it failed.
        expect: [200, 201, 204],
        long: true,
      });
    },
    download: (resource, path, signal) =>
      http.download('GET', place(resource, path), { signal, accept: 'application/octet-stream' }),
    async remove(resource, path, signal) {
      const answer = await http.call('DELETE', place(resource, path), { signal, expect: [200, 204, 404] });
      return answer.status !== 404;
    },
  };
}

/** An entry of a listing in either version; size and date are not promised. */
export function sharedFile(item: Record_) {
  return defined({
    name: text(item, 'name') ?? '?',
    folder: /^dir/i.test(text(item, 'type') ?? 'FILE'),
    bytes: number(item, 'size'),
    changed: time(item, 'date', 'modified'),
  });
}
