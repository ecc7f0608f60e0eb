import type { EngineApi, SystemApi } from '../api.ts';
import { number, type Record_, text, texts } from '../fields.ts';
import type { FlowHttp } from '../http.ts';
import { readAll, V3_FIRST } from '../paging.ts';

/** Health and engines in REST v3. */
export function systemV3(http: FlowHttp): SystemApi {
  return {
    // v3 may say "not ok" with status 200: the word counts, never the status alone.
    async health(signal) {
      const answer = await http.call('GET', '/fmerest/v3/healthcheck', {
        signal,
        anonymous: true,
        query: { textResponse: false },
        expect: [200, 503],
      });
      const says = word(answer.text);
      return { healthy: answer.status === 200 && says === 'ok', says: `v3 health check: ${says}` };
    },
  };
}

function word(body: string): string {
  try {
    return text(JSON.parse(body) as Record_, 'status') ?? body.slice(0, 100);
  } catch {
    return body.trim().slice(0, 100);
  }
}

export function enginesV3(http: FlowHttp): EngineApi {
  return {
    async engines(signal) {
      const list = await readAll(http, '/fmerest/v3/transformations/engines', { signal, first: V3_FIRST });
      return (list?.items ?? []).map((item) => ({
        name: text(item, 'instanceName', 'name') ?? '?',
        host: text(item, 'hostName') ?? '?',
        queues: texts(item.assignedQueues),
        build: number(item, 'buildNumber') ?? 0,
      }));
    },
  };
}
