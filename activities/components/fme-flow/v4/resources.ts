import type { ResourceApi } from '../api.ts';
import { type Found, SINGLE_DOWNLOAD } from '../facts.ts';
import { defined, type Record_, records, text, truth } from '../fields.ts';
import { type Download, type FlowHttp, pathOf } from '../http.ts';
import { multipart } from '../multipart.ts';
import { readAll, V4_FIRST } from '../paging.ts';
import { hasStatus } from '../problem.ts';
import { unzipOne } from '../unzip-one.ts';
import { sharedFile } from '../v3/resources.ts';

const BASE = '/fmeapiv4/resources/connections';

/** Shared resources in REST v4. One file comes by itself where the server offers that, else out of a zip. */
export function resourcesV4(http: FlowHttp, found: Found): ResourceApi {
  async function single(resource: string, path: string, signal: AbortSignal): Promise<Download | undefined> {
    if (found.get('singleDownload') === 'none') return undefined;
    for (const verb of SINGLE_DOWNLOAD) {
      try {
        const accept = 'application/octet-stream';
        const download = await http.download('GET', pathOf(BASE, resource, verb), { signal, query: { path }, accept });
        if (!/json|html/.test(download.type)) {
          found.note('singleDownload', verb);
          return download;
        }
        download.stream.destroy();
      } catch (error) {
        if (!hasStatus(error, 400, 404, 405, 406)) throw error;
      }
    }
    found.note('singleDownload', 'none');
    return undefined;
  }
  return {
    async resources(signal) {
      const list = await readAll(http, BASE, { signal, first: V4_FIRST });
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
        const path = folder.replaceAll(/^\/+|\/+$/g, '');
        const answer = await http.call('GET', pathOf(BASE, resource, 'info'), { signal, query: { path } });
        return records(answer.json<Record_>().contents).map(sharedFile);
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async upload({ resource, name, stream, bytes }, signal) {
      await http.call('POST', pathOf(BASE, resource, 'upload'), {
        signal,
        query: { path: '', overwrite: true },
        body: multipart({ field: 'files', name, stream, bytes }),
        // 207: a part of it failed.
        expect: [200, 201, 204],
        long: true,
      });
    },
    async download(resource, path, signal) {
      const whole = await single(resource, path, signal);
      if (whole !== undefined) return whole;
      const at = path.lastIndexOf('/');
      const zip = await http.download('POST', pathOf(BASE, resource, 'downloadzip'), {
        signal,
        json: { path: at < 0 ? '' : path.slice(0, at), items: [path.slice(at + 1)], zipFileName: 'package.zip' },
        accept: 'application/zip, application/octet-stream, application/json;q=0.5',
      });
      return { stream: unzipOne(zip.stream, `${http.url} ${resource}/${path}`), type: 'application/octet-stream' };
    },
    async remove(resource, path, signal) {
      const answer = await http.call('DELETE', pathOf(BASE, resource, 'item'), {
        signal,
        query: { path },
        expect: [200, 204, 404],
      });
      return answer.status !== 404;
    },
  };
}
