import type { Job, JobRequest } from './api.ts';
import { defined, number, type Record_, record, records, text, texts, time } from './fields.ts';

const STATES: Readonly<Record<string, Job['state']>> = {
  submitted: 'queued',
  queued: 'queued',
  delayed: 'queued',
  paused: 'queued',
  in_process: 'running',
  pulled: 'running',
  running: 'running',
  success: 'success',
  complete: 'success',
  completed: 'success',
  fme_failure: 'failed',
  job_failure: 'failed',
  failure: 'failed',
  failed: 'failed',
  aborted: 'cancelled',
  deleted: 'cancelled',
  cancelled: 'cancelled',
  canceled: 'cancelled',
};

/** A job's record in either version. A state with an unknown word counts as running: it is waited for, never forgotten. */
export function jobOf(from: Record_): Job {
  const status = text(from, 'status') ?? '';
  const message = text(record(from.result), 'statusMessage') ?? text(from, 'statusMessage');
  return defined({
    id: number(from, 'id') ?? -1,
    state: STATES[status.toLowerCase()] ?? ('running' as const),
    says: message === undefined || message === '' ? status : `${status}: ${message}`,
    submitted: time(from, 'timeSubmitted', 'timeQueued', 'timeRequested'),
    engine: text(from, 'engineName') || undefined,
    user: text(from, 'userName', 'runtimeUsername'),
    request: requestOf(from),
    text: JSON.stringify(from),
  }) as Job;
}

function requestOf(from: Record_): JobRequest {
  const request = record(from.request);
  const tm = record(request?.TMDirectives);
  const nm = record(request?.NMDirectives);
  const parameters = parametersOf(request?.publishedParameters ?? from.publishedParameters);
  const success = texts(nm?.successTopics ?? from.successTopics);
  const failed = texts(nm?.failureTopics ?? from.failureTopics);
  const directives = defined({
    rtc: tm?.rtc,
    ttc: limit(tm, 'ttc') ?? limit(from, 'maxJobRuntime'),
    ttl: limit(tm, 'ttl') ?? limit(from, 'maxTimeInQueue'),
    nm: records(nm?.directives).length > 0 ? nm?.directives : undefined,
    v4: record(from.directives),
  });
  return defined({
    repository: text(from, 'repository') ?? '',
    workspace: text(from, 'workspace') ?? '',
    parameters: parameters ?? [],
    queue: text(tm, 'tag') || text(from, 'queue') || undefined,
    description: text(from, 'description') || text(tm, 'description') || undefined,
    successTopics: success.length > 0 ? success : undefined,
    failureTopics: failed.length > 0 ? failed : undefined,
    directives: Object.keys(directives).length > 0 ? directives : undefined,
    complete: parameters !== undefined,
  }) as JobRequest;
}

/** -1 and 0 mean no limit. */
function limit(from: Record_ | undefined, name: string): number | undefined {
  const value = number(from, name);
  return value !== undefined && value > 0 ? value : undefined;
}

/** v3 writes a list, v4 an object; undefined when the record does not tell. */
export function parametersOf(value: unknown): JobRequest['parameters'] | undefined {
  if (Array.isArray(value))
    return records(value).map((each) => ({ name: text(each, 'name') ?? '', value: each.value ?? '' }));
  const object = record(value);
  return object && Object.entries(object).map(([name, each]) => ({ name, value: each }));
}
