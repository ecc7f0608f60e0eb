import type { EngineApi, SystemApi } from '../api.ts';
import { number, type Record_, text, texts } from '../fields.ts';
import type { FlowHttp } from '../http.ts';
import { readAll, V4_FIRST } from '../paging.ts';

/** Health and engines in REST v4. */
export function systemV4(http: FlowHttp): SystemApi {
  return {
    async health(signal) {
      const answer = await http.call('GET', '/fmeapiv4/healthcheck/liveness', {
        signal,
        anonymous: true,
        expect: [200, 503],
      });
      let body: Record_ = {};
      try {
        body = JSON.parse(answer.text) as Record_;
      } catch {
        // A proxy's 503 has no JSON.
      }
      const status = text(body, 'status') ?? `status ${answer.status}`;
      const message = text(body, 'message');
      return {
        healthy: answer.status === 200 && status === 'ok',
        says: `v4 liveness: ${message === undefined ? status : message}`,
      };
    },
  };
}

export function enginesV4(http: FlowHttp): EngineApi {
  return {
    async engines(signal) {
      const list = await readAll(http, '/fmeapiv4/engines', { signal, first: V4_FIRST });
      return (list?.items ?? []).map((item) => ({
        name: text(item, 'name') ?? '?',
        host: text(item, 'hostname', 'hostName') ?? '?',
        queues: texts(item.assignedQueues),
        build: number(item, 'buildNumber') ?? 0,
      }));
    },
  };
}
