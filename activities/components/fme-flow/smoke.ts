import { createHash } from 'node:crypto';
import { failure } from '../../failure.ts';
import type { Job } from './api.ts';
import type { Parts } from './context.ts';
import type { Flow } from './probe.ts';
import { until } from './waiting.ts';

export interface SmokeResult {
  readonly job: number;
  /** In words: its name, or that the server does not tell it. */
  readonly engine: string;
  /** The engine's last line of output. */
  readonly output: string;
}

/** What a smoke job needs to know of a site. */
export interface SmokeParts {
  readonly config: Pick<Parts['config'], 'smoke'>;
  readonly context: { readonly site: string };
  readonly limits: { readonly poll: number };
  flow(signal: AbortSignal): Promise<Flow>;
}

/**
 * Runs the configured smoke workspace on its queue, at the site's own address, and waits for its good end on one of the
 * site's own engines. Fails with `NotYet` otherwise, also where the server tells neither engine nor output: a word alone
 * does not show that anything ran. Undefined when none is configured.
 */
export async function runSmoke(parts: SmokeParts, key: string, signal: AbortSignal): Promise<SmokeResult | undefined> {
  const { smoke } = parts.config;
  if (smoke === undefined) return undefined;
  const { api } = await parts.flow(signal);
  const what = `smoke job ${smoke.repository}/${smoke.workspace} at ${parts.context.site}`;
  const id = await api.submit.submit(
    {
      repository: smoke.repository,
      workspace: smoke.workspace,
      parameters: Object.entries(smoke.parameters).map(([name, value]) => ({ name, value })),
      ...(smoke.queue === undefined ? {} : { queue: smoke.queue }),
      complete: true,
    },
    `understudy-smoke-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`,
    signal,
  );
  let last: Job | undefined;
  const ended = await until(
    async () => {
      last = await api.jobs.job(id, signal);
      return last === undefined || last.state === 'queued' || last.state === 'running' ? undefined : last;
    },
    { limit: smoke.timeout, poll: Math.min(parts.limits.poll, 1_000), signal },
  );
  if (ended === undefined) {
    if (last) await api.jobs.cancel(last, signal).catch(() => false);
    throw failure(
      'NotYet',
      `${what} (job ${id}) is ${last?.state ?? 'not listed'} after ${smoke.timeout / 1_000} s. Does an engine serve the queue ${smoke.queue ?? 'Default'}?`,
    );
  }
  const log = await api.jobs.log(id, signal).catch(() => '');
  const output = log.trim().split('\n').at(-1) ?? '';
  if (ended.state !== 'success')
    throw failure(
      'NotYet',
      `${what} (job ${id}) ended as ${ended.says}${output === '' ? '' : `; its log ends with: ${output}`}`,
    );
  const engines = await api.engines.engines(signal);
  if (ended.engine !== undefined && !engines.some((engine) => engine.name === ended.engine))
    throw failure('NotYet', `${what} was run by ${ended.engine}, which is no engine of this site`);
  if (ended.engine === undefined && output === '')
    throw failure(
      'NotYet',
      `${what} (job ${id}) ended as ${ended.says}, and the server tells neither which engine ran it nor its log: nothing shows that it ran. May the token read jobs and their logs?`,
    );
  return { job: id, engine: ended.engine ?? 'an engine that the server does not name', output };
}
