import { requestV3 } from '../api/run-request.ts';
import { submitJob } from '../api/submit.ts';
import { readJsonBody, saveBytes } from '../http/body.ts';
import { PAGING, pageV3 } from '../http/paging.ts';
import { empty, HttpError, json, text } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import { removeScratch } from '../migration/migration.ts';
import type { Site } from '../site.ts';
import type { Job, JobState } from '../work/job.ts';
import { wireTime } from './migration.ts';

const BASE = '/fmerest/v3/transformations';
const FILTERS = [...PAGING, 'repository', 'workspace', 'userName', 'sourceID', 'sourceType'];
const DONE: readonly JobState[] = ['success', 'failure', 'cancelled'];

function status(job: Job): string {
  if (job.state === 'queued') return 'QUEUED';
  if (job.state === 'running') return 'PULLED';
  if (job.state === 'success') return 'SUCCESS';
  if (job.state === 'failure') return job.engine === undefined ? 'JOB_FAILURE' : 'FME_FAILURE';
  return job.engine === undefined ? 'DELETED' : 'ABORTED';
}

function resultWire(job: Job) {
  return {
    timeRequested: wireTime(job.submitted),
    requesterResultPort: -1,
    numFeaturesOutput: job.featuresOutput,
    requesterHost: '127.0.0.1',
    ...(job.started === undefined ? {} : { timeStarted: wireTime(job.started) }),
    id: job.id,
    ...(job.finished === undefined ? {} : { timeFinished: wireTime(job.finished) }),
    priority: -1,
    statusMessage: job.statusMessage,
    status: status(job),
  };
}

function wire(job: Job) {
  const elapsed = Date.parse(job.finished ?? '') - Date.parse(job.started ?? '');
  return {
    request: {
      publishedParameters: job.publishedParameters,
      TMDirectives: {
        rtc: job.rtc ?? false,
        ttc: job.maxJobRuntime ?? -1,
        tag: job.queue,
        ttl: job.maxTimeInQueue ?? -1,
      },
      NMDirectives: {
        ...(job.nmDirectives === undefined ? {} : { directives: job.nmDirectives }),
        ...(job.successTopics === undefined ? {} : { successTopics: job.successTopics }),
        ...(job.failureTopics === undefined ? {} : { failureTopics: job.failureTopics }),
      },
    },
    workspace: job.workspace,
    numErrors: job.state === 'failure' ? 1 : 0,
    numLines: job.log.length,
    engineHost: job.engineHost ?? '',
    timeQueued: wireTime(job.submitted),
    cpuPct: 0,
    description: job.description ?? '',
    ...(job.started === undefined ? {} : { timeStarted: wireTime(job.started) }),
    repository: job.repository,
    userName: job.user,
    ...(job.finished === undefined
      ? {}
      : { result: resultWire(job), timeFinished: wireTime(job.finished), timeDelivered: wireTime(job.finished) }),
    cpuTime: 0,
    id: job.id,
    engineName: job.engine ?? '',
    numWarnings: 0,
    timeSubmitted: wireTime(job.submitted),
    elapsedTime: Number.isNaN(elapsed) ? 0 : elapsed,
    peakMemUsage: 0,
    status: status(job),
    ...(job.source === undefined ? {} : { sourceType: job.source.type, sourceID: job.source.id }),
  };
}

function jobOf(site: Site, request: Request, states?: readonly JobState[]): Job {
  const job = site.jobs.get(Number(request.params.id));
  if (job === undefined || (states !== undefined && !states.includes(job.state))) {
    throw new HttpError(404, `There is no such job ${request.params.id}.`);
  }
  return job;
}

/** Job submission, lists, cancelling and logs in REST v3. */
export function jobsV3(site: Site): Route[] {
  const list = (name: string, states: readonly JobState[]) =>
    route('GET', `${BASE}/jobs/${name}`, { query: FILTERS }, (request) => {
      const { query } = request;
      const is = (field: string, value: string | undefined): boolean =>
        query.get(field) === null || query.get(field) === value;
      const jobs = site.jobs
        .list(states)
        .filter((job) => is('repository', job.repository) && is('workspace', job.workspace))
        .filter((job) => is('userName', job.user) && is('sourceID', job.source?.id))
        .filter((job) => is('sourceType', job.source?.type));
      const page = pageV3(site, request, jobs);
      return json(200, { ...page, items: page.items.map(wire) });
    });
  const submit = async ({ raw, params, caller }: Request): Promise<Job> => {
    const body = await readJsonBody(raw, requestV3, 422);
    const given = {
      repository: params.repository ?? '',
      workspace: params.workspace ?? '',
      publishedParameters: body.publishedParameters,
      queue: body.TMDirectives.tag,
      description: body.TMDirectives.description,
      maxJobRuntime: body.TMDirectives.ttc,
      maxTimeInQueue: body.TMDirectives.ttl,
      rtc: body.TMDirectives.rtc,
      nmDirectives: body.NMDirectives.directives,
      successTopics: body.NMDirectives.successTopics,
      failureTopics: body.NMDirectives.failureTopics,
    };
    return submitJob(site, caller, given, 422);
  };
  const cancel = (name: string, state: JobState) =>
    route('DELETE', `${BASE}/jobs/${name}/{id}`, {}, async (request) => {
      const { id } = jobOf(site, request, [state]);
      if (!(await site.jobs.cancel(id))) throw new HttpError(404, `There is no such job ${id}.`);
      return empty();
    });
  return [
    route('POST', `${BASE}/submit/{repository}/{workspace}`, { consumes: 'json' }, async (request) => {
      const job = await submit(request);
      return json(202, { id: job.id });
    }),
    route('POST', `${BASE}/transact/{repository}/{workspace}`, { consumes: 'json' }, async (request) => {
      const submitted = await submit(request);
      const job = (await site.jobs.ended(submitted.id)) ?? submitted;
      return json(job.state === 'success' ? 200 : 422, resultWire(job));
    }),
    // Safe's command line client runs a job on an uploaded file this way, with its parameters in the query.
    route(
      'POST',
      `${BASE}/transactdata/{repository}/{workspace}`,
      { consumes: 'bytes', query: 'any' },
      async (request) => {
        const { raw, params, query, caller } = request;
        const upload = site.migration.scratchFile('source-data');
        await saveBytes(raw, upload);
        await removeScratch(upload);
        const names = new Set([...query.keys()].filter((name) => !name.startsWith('opt_') && name !== 'fmetoken'));
        const given = {
          repository: params.repository ?? '',
          workspace: params.workspace ?? '',
          publishedParameters: [...names].map((name) => ({ name, value: query.getAll(name).join(',') })),
          queue: query.get('opt_tag') ?? undefined,
        };
        const submitted = await submitJob(site, caller, given, 422);
        const job = (await site.jobs.ended(submitted.id)) ?? submitted;
        return json(job.state === 'success' ? 200 : 422, resultWire(job));
      },
    ),
    list('active', ['queued', 'running']),
    list('queued', ['queued']),
    list('running', ['running']),
    list('completed', DONE),
    route('GET', `${BASE}/jobs/id/{id}`, {}, (request) => json(200, wire(jobOf(site, request)))),
    route('GET', `${BASE}/jobs/id/{id}/result`, {}, (request) => json(200, resultWire(jobOf(site, request, DONE)))),
    route('GET', `${BASE}/jobs/id/{id}/log`, { query: ['accept'] }, (request) =>
      text(200, jobOf(site, request).log.join('\n')),
    ),
    cancel('queued', 'queued'),
    cancel('running', 'running'),
  ];
}
