import { z } from 'zod';
import { parametersFromV4, parametersToV4, parametersV4 } from '../api/run-request.ts';
import { submitJob } from '../api/submit.ts';
import { readJsonBody } from '../http/body.ts';
import { PAGING, pageV4 } from '../http/paging.ts';
import { empty, HttpError, json, text } from '../http/reply.ts';
import { type Request, type Route, route } from '../http/router.ts';
import { type Site, v4From } from '../site.ts';
import type { Job, JobState } from '../work/job.ts';

const BASE = '/fmeapiv4/jobs';
const OPEN = ['queued', 'running'];
const DONE = ['success', 'failure', 'cancelled'];
const FILTERS = ['repository', 'workspace', 'queue', 'engineName', 'sourceType', 'sourceID', 'runtimeUserID', 'sort'];
const SORTS = ['workspace', 'timeFinished', 'timeStarted', 'status'].flatMap((name) => [`${name}_asc`, `${name}_desc`]);

const jobBody = z.strictObject({
  repository: z.string().min(1),
  workspace: z.string().min(1),
  publishedParameters: parametersV4,
  queue: z.string().optional(),
  directives: z.record(z.string(), z.string()).optional(),
  successTopics: z.array(z.string()).optional(),
  failureTopics: z.array(z.string()).optional(),
  maxJobRuntime: z.number().int().optional(),
  maxTimeInQueue: z.number().int().optional(),
  maxTotalLifeTime: z.number().int().optional(),
});

function wire(site: Site, job: Job) {
  const elapsed = Date.parse(job.finished ?? '') - Date.parse(job.started ?? '');
  return {
    id: job.id,
    description: job.description ?? '',
    engineHost: job.engineHost ?? '',
    engineName: job.engine ?? '',
    repository: job.repository,
    queue: job.queue,
    queueType: 'Standard',
    resultDatasetDownloadUrl: '',
    status: job.state === 'success' ? site.unknowns().jobDoneV4 : job.state,
    timeQueued: job.submitted,
    ...(job.started === undefined ? {} : { timeStarted: job.started }),
    ...(job.finished === undefined ? {} : { timeFinished: job.finished }),
    runtimeUsername: job.user,
    runtimeUserID: job.userId,
    workspace: job.workspace,
    elapsedTime: Number.isNaN(elapsed) ? 0 : elapsed,
    cpuTime: 0,
    cpuPercent: 0,
    peakMemoryUsage: 0,
    lineCount: job.log.length,
    warningCount: 0,
    errorCount: job.state === 'failure' ? 1 : 0,
    ...(job.source === undefined ? {} : { sourceType: job.source.type, sourceID: job.source.id }),
    ...(site.unknowns().jobDetailsV4 === 'hidden' ? {} : details(job)),
  };
}

/** What a job was submitted with. */
function details(job: Job) {
  return {
    publishedParameters: parametersToV4(job.publishedParameters),
    directives: job.directives ?? {},
    successTopics: job.successTopics ?? [],
    failureTopics: job.failureTopics ?? [],
    ...(job.maxJobRuntime === undefined ? {} : { maxJobRuntime: job.maxJobRuntime }),
    ...(job.maxTimeInQueue === undefined ? {} : { maxTimeInQueue: job.maxTimeInQueue }),
  };
}

/** States asked for; open and completed jobs are two lists, as the public client asks for them. */
function statesOf(request: Request): JobState[] | undefined {
  const asked = request.query.getAll('status');
  if (asked.length === 0) return undefined;
  const open = asked.every((state) => OPEN.includes(state));
  const done = asked.every((state) => DONE.includes(state));
  if (!open && !done) throw new HttpError(400, 'status is queued, running, or success, failure, cancelled.');
  return asked as JobState[];
}

function sorted(jobs: Job[], sort: string | null): Job[] {
  if (sort === null) return jobs;
  if (!SORTS.includes(sort)) throw new HttpError(400, `sort is one of ${SORTS.join(', ')}.`);
  const [field, order] = sort.split('_');
  const of = (job: Job): string =>
    (field === 'workspace'
      ? job.workspace
      : field === 'status'
        ? job.state
        : field === 'timeStarted'
          ? job.started
          : job.finished) ?? '';
  const sign = order === 'asc' ? 1 : -1;
  return [...jobs].sort((a, b) => sign * of(a).localeCompare(of(b)));
}

function jobOf(site: Site, request: Request): Job {
  const job = site.jobs.get(Number(request.params.id));
  if (job === undefined) throw new HttpError(404, `The job for ID "${request.params.id}" does not exist.`);
  return job;
}

/** Job submission, lists, cancelling and logs in REST v4. */
export function jobsV4(site: Site): Route[] {
  const when = v4From(site, 'jobs');
  const submit = { when: v4From(site, 'submit'), consumes: 'json' } as const;
  const take = async ({ raw, caller }: Request): Promise<Job> => {
    const body = await readJsonBody(raw, jobBody, 400);
    const publishedParameters = parametersFromV4(body.publishedParameters);
    return submitJob(site, caller, { ...body, queue: body.queue || undefined, publishedParameters }, 400);
  };
  return [
    route('POST', BASE, submit, async (request) => {
      const job = await take(request);
      return json(202, { id: job.id });
    }),
    route('POST', `${BASE}/sync`, submit, async (request) => {
      const submitted = await take(request);
      const job = (await site.jobs.ended(submitted.id)) ?? submitted;
      return json(200, {
        id: job.id,
        featureOutputCount: job.featuresOutput,
        requesterHost: '127.0.0.1',
        requesterResultPort: -1,
        status: job.state === 'success' ? 'SUCCESS' : job.state === 'cancelled' ? 'ABORTED' : 'FME_FAILURE',
        statusMessage: job.statusMessage,
        timeFinished: job.finished,
        timeQueued: job.submitted,
        timeStarted: job.started ?? job.submitted,
      });
    }),
    route('GET', BASE, { when, query: [...PAGING, 'status', ...FILTERS] }, (request) => {
      const { query } = request;
      const is = (field: string, value: string | undefined): boolean =>
        query.get(field) === null || query.get(field) === value;
      const jobs = site.jobs
        .list(statesOf(request))
        .filter((job) => is('repository', job.repository) && is('workspace', job.workspace) && is('queue', job.queue))
        .filter((job) => is('engineName', job.engine) && is('runtimeUserID', job.userId))
        .filter((job) => is('sourceType', job.source?.type) && is('sourceID', job.source?.id));
      const page = pageV4(site, request, sorted(jobs, query.get('sort')));
      return json(200, { ...page, items: page.items.map((job) => wire(site, job)) });
    }),
    route('GET', `${BASE}/{id}`, { when }, (request) => json(200, wire(site, jobOf(site, request)))),
    route('GET', `${BASE}/{id}/log`, { when }, (request) => text(200, jobOf(site, request).log.join('\n'))),
    route('POST', `${BASE}/{id}/cancel`, { when: v4From(site, 'cancel') }, async ({ params }) => {
      const job = site.jobs.get(Number(params.id));
      if (job === undefined) throw new HttpError(422, `The job for ID "${params.id}" does not exist.`);
      if (!(await site.jobs.cancel(job.id))) {
        throw new HttpError(422, `Job "${params.id}" is already complete and cannot be cancelled.`);
      }
      return empty();
    }),
  ];
}
