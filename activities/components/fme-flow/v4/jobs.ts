import { failure } from '../../../failure.ts';
import type { Job, JobApi, SubmitApi } from '../api.ts';
import { defined, number, type Record_, record } from '../fields.ts';
import type { FlowHttp } from '../http.ts';
import { jobOf, parametersOf } from '../job-record.ts';
import { readAll, V4_FIRST } from '../paging.ts';
import { hasStatus } from '../problem.ts';

const BASE = '/fmeapiv4/jobs';

/** Jobs in REST v4. Its lists are asked for in two groups of states, as the server wants it. */
export function jobsV4(http: FlowHttp): JobApi {
  async function list(states: readonly string[], signal: AbortSignal): Promise<readonly Job[]> {
    const found = await readAll(http, BASE, { signal, first: V4_FIRST, query: { status: states } });
    if (found === undefined || !found.complete)
      throw failure('Unavailable', `${http.url} did not give the whole list of ${states.join(' and ')} jobs`);
    return found.items.map(jobOf);
  }
  /** With its parameters, which a list does not hold: the job's own record may, or a record of its request. */
  async function whole(job: Job, signal: AbortSignal): Promise<Job> {
    if (job.request.complete) return job;
    for (const path of [`${BASE}/${job.id}`, `${BASE}/${job.id}/request`]) {
      try {
        const body = (await http.call('GET', path, { signal })).json<Record_>();
        const parameters = parametersOf(body.publishedParameters ?? record(body.request)?.publishedParameters);
        if (parameters) return { ...job, request: { ...job.request, parameters, complete: true } };
      } catch (error) {
        if (!hasStatus(error, 400, 404, 405, 422)) throw error;
      }
    }
    return job;
  }
  return {
    async open(signal) {
      const jobs: Job[] = [];
      for (const job of await list(['queued', 'running'], signal)) jobs.push(await whole(job, signal));
      return jobs.sort((a, b) => a.id - b.id);
    },
    async all(signal) {
      const open = await list(['queued', 'running'], signal);
      return [...open, ...(await list(['success', 'failure', 'cancelled'], signal))];
    },
    async job(id, signal) {
      try {
        return jobOf((await http.call('GET', `${BASE}/${id}`, { signal })).json());
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async cancel(job, signal) {
      const answer = await http.call('POST', `${BASE}/${job.id}/cancel`, {
        signal,
        expect: [200, 202, 204, 404, 422],
        repeatable: true,
      });
      return answer.status < 300;
    },
    async log(id, signal) {
      const accept = 'text/plain, application/octet-stream, */*;q=0.5';
      return (await http.call('GET', `${BASE}/${id}/log`, { signal, accept })).text;
    },
  };
}

/** v4 takes no description; the key goes into a directive of its own. */
export function submitV4(http: FlowHttp): SubmitApi {
  return {
    async submit(request, key, signal) {
      const { directives = {} } = request;
      const answer = await http.call('POST', BASE, {
        signal,
        json: defined({
          repository: request.repository,
          workspace: request.workspace,
          publishedParameters: Object.fromEntries(request.parameters.map(({ name, value }) => [name, value])),
          queue: request.queue,
          directives: { ...record(directives.v4), understudy: key },
          successTopics: request.successTopics,
          failureTopics: request.failureTopics,
          maxJobRuntime: directives.ttc,
          maxTimeInQueue: directives.ttl,
        }),
      });
      const id = number(answer.json<Record_>(), 'id');
      if (id === undefined) throw failure('Unavailable', `${http.url} did not tell the number of the job`);
      return id;
    },
  };
}
