import type { PublishedParameter } from '../state/items.ts';

export type JobState = 'queued' | 'running' | 'success' | 'failure' | 'cancelled';

/** Who caused a job. */
export interface JobSource {
  type: 'schedules' | 'automations' | 'workspaceSubscriptions' | 'streams';
  id: string;
  name: string;
  /** Planned fire time on the grid, UTC. */
  planned?: string;
}

/** What a caller asks for. */
export interface JobOrder {
  repository: string;
  workspace: string;
  publishedParameters: PublishedParameter[];
  queue: string;
  user: string;
  userId: string;
  description?: string;
  source?: JobSource;
  /** v4 directives, v3 directives of notifications and the v3 wish to run until cancelled: kept as given. */
  directives?: Record<string, string>;
  nmDirectives?: { name?: string | undefined; value?: string | undefined }[];
  rtc?: boolean;
  successTopics?: string[];
  failureTopics?: string[];
  /** Seconds it may wait, and run; absent is no limit. */
  maxTimeInQueue?: number;
  maxJobRuntime?: number;
}

export interface Job extends JobOrder {
  id: number;
  state: JobState;
  attempts: number;
  submitted: string;
  started?: string;
  finished?: string;
  engine?: string;
  engineHost?: string;
  statusMessage: string;
  featuresOutput: number;
  /** Cancelled by a person or an API call, as opposed to an error. */
  log: string[];
}

export const OPEN_STATES: readonly JobState[] = ['queued', 'running'];

/** The value of a published parameter as text. */
export function parameter(job: JobOrder, name: string): string | undefined {
  const value = job.publishedParameters.find((candidate) => candidate.name === name)?.value;
  return Array.isArray(value) ? value.join(',') : value;
}
