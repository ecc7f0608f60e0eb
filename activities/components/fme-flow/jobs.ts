import { createHash } from 'node:crypto';
import type { GivenUpJob } from '../../../model/facts.ts';
import { failure } from '../../failure.ts';
import type { Drain, Work } from '../component.ts';
import type { Job, JobRequest } from './api.ts';
import type { Parts } from './context.ts';
import { list } from './hold.ts';
import { until } from './waiting.ts';

/** What is kept of a job that was given up; the `request` of a `GivenUpJob`. May hold secrets among the parameters. */
export interface KeptJob {
  /** Names this one job in all of time: put into the request when it is run again, and looked for first. */
  readonly key: string;
  readonly site: string;
  readonly submitted?: string;
  readonly request: JobRequest;
}

/** Jobs that run or wait at this site, each with what is needed to run it again. */
export async function drain(parts: Parts, signal: AbortSignal): Promise<Drain> {
  const { api } = await parts.flow(signal);
  const open = await api.jobs.open(signal);
  if (open.length > 0)
    parts.found.note('jobDetails', open.every((job) => job.request.complete) ? 'told' : 'not told by this server');
  return {
    running: open.filter((job) => job.state === 'running').map((job) => givenUp(parts, job)),
    queued: open.filter((job) => job.state !== 'running').map((job) => givenUp(parts, job)),
  };
}

function givenUp(parts: Parts, job: Job): GivenUpJob {
  const { request, submitted } = job;
  const day = (submitted ?? '1970-01-01').slice(0, 10).replaceAll('-', '');
  const digest = createHash('sha256')
    .update(JSON.stringify([parts.context.name, parts.context.site, job.id, submitted, request]))
    .digest('hex')
    .slice(0, 12);
  const kept: KeptJob = {
    key: `understudy-job-${day}-${digest}`,
    site: parts.context.site,
    ...(submitted === undefined ? {} : { submitted }),
    request,
  };
  return {
    component: parts.context.name,
    id: String(job.id),
    title: titleOf(job),
    request: kept,
    ...(request.complete ? {} : { lost: true }),
  };
}

function titleOf({ id, state, submitted, user, request }: Job): string {
  const details = [
    state,
    ...(submitted === undefined ? [] : [`submitted ${submitted}`]),
    ...(user === undefined ? [] : [`by ${user}`]),
    ...(request.complete ? [] : ['its parameters are not told: it cannot be run again by itself']),
  ];
  return `job ${id} ${request.repository}/${request.workspace} (${details.join(', ')})`;
}

/**
 * Cancels these jobs, and reads back that none of them runs or waits. Returns the ids of those that had ended by
 * themselves before they could be cancelled: they were done, and must not be run again.
 */
export async function cancel(parts: Parts, work: Work, jobs: readonly GivenUpJob[]): Promise<readonly string[]> {
  const { api } = await parts.flow(work.signal);
  const ids = new Set(jobs.map((job) => Number(job.id)));
  let left: readonly Job[] = [];
  const gone = await until(
    async () => {
      left = (await api.jobs.open(work.signal)).filter((job) => ids.has(job.id));
      for (const job of left) await api.jobs.cancel(job, work.signal);
      return left.length === 0 ? true : undefined;
    },
    { limit: parts.limits.engines, poll: parts.limits.poll, signal: work.signal },
  );
  if (!gone)
    throw failure(
      'NotYet',
      `these jobs at ${parts.context.site} were cancelled and do not end: ${list(left.map((job) => `${job.id} ${job.request.workspace}`))}`,
    );
  const ended: string[] = [];
  for (const id of ids) {
    const job = await api.jobs.job(id, work.signal);
    if (job?.state === 'success' || job?.state === 'failed') ended.push(String(id));
  }
  return ended;
}

/** Cancels whatever runs or waits at a site that is to be promoted: a standby has no jobs of its own. */
export async function cancelBacklog(parts: Parts, work: Work): Promise<number> {
  const { running, queued } = await drain(parts, work.signal);
  const all = [...running, ...queued];
  if (all.length > 0) await cancel(parts, work, all);
  return all.length;
}
