import type { GivenUpJob } from '../../../model/facts.ts';
import { failure } from '../../failure.ts';
import type { Work } from '../component.ts';
import type { Job } from './api.ts';
import type { Parts } from './context.ts';
import type { KeptJob } from './jobs.ts';
import { createMarks } from './marks.ts';
import { digestOf } from './matters.ts';
import { isUncertain } from './problem.ts';
import { passing } from './tasks.ts';
import { until } from './waiting.ts';

const POSTS = 3;

/**
 * Runs a job that was given up again, exactly once: a mark in the application's own storage says before the request which
 * job number was the newest, and afterwards that it is done. A repeated call finds the mark; after a crash in between, the
 * job is looked for by its key, or where the server does not show that, by its content among newer jobs. When it may
 * have been accepted and cannot be told, it counts as accepted: a job is rather left out than run twice.
 */
export async function resubmit(parts: Parts, work: Work, given: GivenUpJob): Promise<void> {
  const job = given.request as KeptJob;
  if (!job.request.complete)
    throw failure(
      'Refused',
      `${given.title} cannot be run again: ${job.site} did not tell with which parameters it was submitted. Run it by hand, or answer drop`,
    );
  const { api } = await parts.flow(work.signal);
  const marks = createMarks(parts, work.signal);
  const mark = await marks.read(job.key);
  if (mark === 'done') return;
  const newest = mark ?? Math.max(0, ...(await api.jobs.all(work.signal)).map((each) => each.id));
  if (mark === undefined) await marks.begin(job.key, newest);
  else if (await find(parts, work, job, newest)) return marks.done(job.key);
  for (let attempt = 1; ; attempt++) {
    try {
      await api.submit.submit(job.request, job.key, work.signal);
      return await marks.done(job.key);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      const found = await until(async () => find(parts, work, job, newest).catch(passing), {
        limit: parts.limits.appear,
        poll: parts.limits.poll,
        signal: work.signal,
      });
      if (found) return marks.done(job.key);
      if (attempt >= POSTS) throw error;
    }
  }
}

/** The job, if it was accepted: known by its key, else by what it is among the jobs that are newer than the mark. */
async function find(parts: Parts, work: Work, job: KeptJob, newest: number): Promise<Job | undefined> {
  const { api } = await parts.flow(work.signal);
  const newer = (await api.jobs.all(work.signal)).filter((each) => each.id > newest);
  const known = newer.find((each) => each.text.includes(job.key));
  if (known) {
    parts.found.note('jobKey', 'shown');
    return known;
  }
  const unmarked = newer.filter((each) => !each.text.includes('understudy-'));
  return unmarked.find((each) => isSame(each, job));
}

function isSame(job: Job, kept: KeptJob): boolean {
  const { request } = kept;
  if (job.request.repository !== request.repository || job.request.workspace !== request.workspace) return false;
  if (request.queue !== undefined && job.request.queue !== request.queue) return false;
  return !job.request.complete || digestOf(job.request.parameters) === digestOf(request.parameters);
}
