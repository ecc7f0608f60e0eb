import { HttpError } from '../http/reply.ts';
import type { Caller } from '../http/router.ts';
import type { Site } from '../site.ts';
import type { PublishedParameter } from '../state/items.ts';
import type { Job, JobOrder } from '../work/job.ts';
import { unknownParameters } from '../work/workspaces.ts';

export interface Submission {
  repository: string;
  workspace: string;
  publishedParameters: PublishedParameter[];
  queue?: string | undefined;
  description?: string | undefined;
  directives?: Record<string, string> | undefined;
  nmDirectives?: JobOrder['nmDirectives'] | undefined;
  rtc?: boolean | undefined;
  successTopics?: string[] | undefined;
  failureTopics?: string[] | undefined;
  maxTimeInQueue?: number | undefined;
  maxJobRuntime?: number | undefined;
}

/** Accepts a job: 404 for an unknown workspace, `wrong` for parameters or a queue it does not have. */
export async function submitJob(site: Site, caller: Caller, given: Submission, wrong: number): Promise<Job> {
  if (site.store.get('repositories', given.repository)?.files[given.workspace]?.type !== 'WORKSPACE') {
    throw new HttpError(404, `There is no workspace "${given.repository}/${given.workspace}".`);
  }
  const order: JobOrder = {
    repository: given.repository,
    workspace: given.workspace,
    publishedParameters: given.publishedParameters,
    queue: given.queue ?? 'Default',
    user: caller.name,
    userId: caller.id,
    ...(given.description === undefined ? {} : { description: given.description }),
    ...(given.directives === undefined ? {} : { directives: given.directives }),
    ...(given.nmDirectives === undefined ? {} : { nmDirectives: given.nmDirectives }),
    ...(given.rtc === undefined ? {} : { rtc: given.rtc }),
    ...(given.successTopics === undefined ? {} : { successTopics: given.successTopics }),
    ...(given.failureTopics === undefined ? {} : { failureTopics: given.failureTopics }),
    ...(positive(given.maxTimeInQueue) ? { maxTimeInQueue: given.maxTimeInQueue } : {}),
    ...(positive(given.maxJobRuntime) ? { maxJobRuntime: given.maxJobRuntime } : {}),
  };
  if (site.store.get('queues', order.queue) === undefined) {
    throw new HttpError(wrong, `There is no queue "${order.queue}".`);
  }
  const strange = unknownParameters(order);
  if (strange.length > 0) throw new HttpError(wrong, `Unknown published parameters: ${strange.join(', ')}.`);
  return site.jobs.submit(order);
}

/** -1 and 0 mean no limit. */
function positive(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}
