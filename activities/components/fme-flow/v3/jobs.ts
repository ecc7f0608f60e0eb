import { failure } from '../../../failure.ts';
import type { Job, JobApi, SubmitApi } from '../api.ts';
import { defined, number, type Record_ } from '../fields.ts';
import { type FlowHttp, pathOf } from '../http.ts';
import { jobOf } from '../job-record.ts';
import { readAll, V3_FIRST } from '../paging.ts';
import { hasStatus } from '../problem.ts';

const BASE = '/fmerest/v3/transformations';

/** Jobs in REST v3, which tells with which parameters each was submitted. */
export function jobsV3(http: FlowHttp): JobApi {
  async function list(name: string, signal: AbortSignal, must: boolean): Promise<readonly Job[]> {
    const found = await readAll(http, `${BASE}/jobs/${name}`, { signal, first: V3_FIRST });
    if (must && (found === undefined || !found.complete))
      throw failure('Unavailable', `${http.url} did not give the whole list of ${name} jobs`);
    return (found?.items ?? []).map(jobOf);
  }
  // A job that starts between two of these calls is in the later one too.
  async function open(signal: AbortSignal): Promise<readonly Job[]> {
    const queued = await list('queued', signal, true);
    const running = await list('running', signal, true);
    const others = (await list('active', signal, false)).filter(
      (job) => job.state === 'queued' || job.state === 'running',
    );
    const byId = new Map([...others, ...queued, ...running].map((job) => [job.id, job]));
    return [...byId.values()].sort((a, b) => a.id - b.id);
  }
  return {
    open,
    all: async (signal) => [...(await open(signal)), ...(await list('completed', signal, true))],
    async job(id, signal) {
      try {
        return jobOf((await http.call('GET', `${BASE}/jobs/id/${id}`, { signal })).json());
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async cancel(job, signal) {
      // It may start between the list and the call: the other list is tried too.
      const order = job.state === 'running' ? ['running', 'queued'] : ['queued', 'running'];
      for (const name of [...order, order[0]]) {
        const answer = await http.call('DELETE', `${BASE}/jobs/${name}/${job.id}`, {
          signal,
          expect: [200, 202, 204, 404, 422],
        });
        if (answer.status < 300) return true;
      }
      return false;
    },
    async log(id, signal) {
      const accept = 'text/plain, application/octet-stream, */*;q=0.5';
      return (await http.call('GET', `${BASE}/jobs/id/${id}/log`, { signal, accept })).text;
    },
  };
}

/** The key goes into the description, which v3 shows again with the job. */
export function submitV3(http: FlowHttp): SubmitApi {
  return {
    async submit(request, key, signal) {
      const { directives = {} } = request;
      const description = request.description === undefined ? key : `${request.description} [${key}]`;
      const answer = await http.call('POST', pathOf(`${BASE}/submit`, request.repository, request.workspace), {
        signal,
        json: {
          publishedParameters: request.parameters,
          TMDirectives: defined({
            rtc: directives.rtc,
            ttc: directives.ttc,
            ttl: directives.ttl,
            tag: request.queue,
            description,
          }),
          NMDirectives: defined({
            directives: directives.nm,
            successTopics: request.successTopics,
            failureTopics: request.failureTopics,
          }),
        },
      });
      const id = number(answer.json<Record_>(), 'id');
      if (id === undefined) throw failure('Unavailable', `${http.url} did not tell the number of the job`);
      return id;
    },
  };
}
