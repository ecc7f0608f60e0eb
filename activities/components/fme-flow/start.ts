import { failure } from '../../failure.ts';
import type { Work } from '../component.ts';
import { requireCanary } from './canary.ts';
import type { Parts } from './context.ts';
import { list } from './hold.ts';
import { cancelBacklog } from './jobs.ts';
import { requireLicence } from './licence-kept.ts';
import { ensureCore, quietEngines } from './quiet.ts';
import { runSmoke } from './smoke.ts';
import { unfinishedImports } from './tasks.ts';
import { until } from './waiting.ts';

/**
 * Everything about this standby that can be proved with its engines stopped, before it is promoted: core and licence,
 * encryption key, no restore under way, no backlog, the smoke workspace. Fails with `NotYet` or `Refused`.
 */
export async function stage(parts: Parts, work: Work): Promise<readonly string[]> {
  const { signal } = work;
  await ensureCore(parts, signal);
  await quietEngines(parts, work);
  const { api, version } = await parts.flow(signal);
  const health = await api.system.health(signal);
  if (!health.healthy)
    throw failure('NotYet', `${parts.context.name} at ${parts.context.site} is not healthy: ${health.says}`);
  const lines = [`${version} is up: ${health.says}`, await requireLicence(parts, signal)];
  const canary = await requireCanary(parts, signal);
  if (canary !== undefined) lines.push(canary);
  const imports = await unfinishedImports(parts, signal);
  if (imports.length > 0)
    throw failure(
      'TasksRunning',
      `${parts.http.url} still has unfinished restores: ${list(imports.map((task) => task.package ?? String(task.id)))}`,
    );
  lines.push(`${await cancelBacklog(parts, work)} queued jobs cancelled`);
  const { smoke } = parts.config;
  if (smoke) {
    const name = `${smoke.repository}/${smoke.workspace}`;
    const workspaces = await api.items.items('workspaces', signal);
    if (workspaces && !workspaces.items.some((item) => item.name === name))
      throw failure(
        'NotYet',
        `the smoke workspace ${name} is not at ${parts.context.site}. Publish it at the active and sync`,
      );
    lines.push(`smoke workspace ${name} is there`);
  }
  return lines;
}

/** What becomes of jobs that wait when engines start. */
export type Backlog = 'cancel' | 'keep';

/**
 * Starts the engines, with the backlog cancelled before (a standby's jobs are nobody's), and waits until every queue is
 * served and the application is healthy; then the smoke job. `keep` is for an active site after a restart of its machine:
 * what waits there was accepted. Engines that run already are left alone, and so are their jobs.
 */
export async function start(parts: Parts, work: Work, backlog: Backlog): Promise<readonly string[]> {
  const { signal } = work;
  const lines: string[] = [];
  await ensureCore(parts, signal);
  const { engines } = parts.services;
  if (!(await engines.status(signal)).running) {
    if (backlog === 'cancel')
      lines.push(`${await cancelBacklog(parts, work)} queued jobs cancelled before engines start`);
    await engines.start(signal);
  }
  lines.push(await served(parts, work));
  const { api } = await parts.flow(signal);
  const health = await api.system.health(signal);
  if (!health.healthy)
    throw failure('NotYet', `${parts.context.name} at ${parts.context.site} is not healthy: ${health.says}`);
  lines.push(health.says);
  const smoke = await runSmoke(parts, work.key, signal);
  if (smoke) lines.push(`smoke job ${smoke.job} succeeded on ${smoke.engine}: ${smoke.output}`);
  return lines;
}

/** Waits until engines are registered and every queue has one. */
async function served(parts: Parts, work: Work): Promise<string> {
  const { signal } = work;
  let unserved: readonly string[] = [];
  let names: readonly string[] = [];
  const { api } = await parts.flow(signal);
  const done = await until(
    async () => {
      const engines = await api.engines.engines(signal);
      names = engines.map((engine) => engine.name);
      const queues = ((await api.items.items('queues', signal))?.items ?? []).map((item) => item.name);
      unserved = queues.filter(
        (queue) =>
          !parts.config.unservedQueues.includes(queue) && !engines.some((engine) => engine.queues.includes(queue)),
      );
      work.progress({ what: `${names.length} engines, queues without one: ${unserved.length}` });
      return names.length > 0 && unserved.length === 0 ? true : undefined;
    },
    { limit: parts.limits.engines, poll: parts.limits.poll, signal },
  );
  if (done) return `engines ${list(names)} serve every queue`;
  const { services } = parts;
  const running = (await services.engines.status(signal)).running;
  throw failure(
    'NotYet',
    names.length === 0
      ? `no engine has registered at ${parts.http.url} (its service ${running ? 'runs' : 'does not run'}). Look at its licence and the engines' log`
      : `no engine serves ${list(unserved)} at ${parts.context.site}. Assign one, or acknowledge it with components.${parts.context.name}.unservedQueues`,
  );
}
