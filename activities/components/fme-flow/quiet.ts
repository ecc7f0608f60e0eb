import { failure } from '../../failure.ts';
import type { Work } from '../component.ts';
import type { Parts } from './context.ts';
import { holdAll, list } from './hold.ts';
import { isPassing, problemOf } from './problem.ts';
import type { ServiceState } from './services.ts';
import { until } from './waiting.ts';

/**
 * Makes the site quiet: its engines stopped and not started with the machine, read back; then, as the second layer,
 * everything that acts by itself held as far as its API lets. Fails with `NotYet` when engines still run.
 */
export async function quiet(parts: Parts, work: Work): Promise<void> {
  await quietEngines(parts, work);
  // Without running engines nothing is executed: a core that cannot be asked must not keep a fence from closing.
  try {
    await holdAll(parts, work.signal);
  } catch (error) {
    if (work.signal.aborted) throw error;
    work.progress({ what: `engines are stopped; not everything could be held: ${(error as Error).message}` });
  }
}

/** Stops the engines service and keeps it from starting with the machine; both are read back, the first in the API too. */
export async function quietEngines(parts: Parts, work: Work): Promise<void> {
  await stopEngines(parts, work);
  const { signal } = work;
  let names: readonly string[] = [];
  const gone = await until(
    async () => {
      names = await registered(parts, signal);
      return names.length === 0 ? true : undefined;
    },
    { limit: parts.limits.engines, poll: parts.limits.poll, signal },
  );
  if (!gone)
    throw failure(
      'NotYet',
      `the engines service at ${parts.context.site} is stopped, but its core still has engines: ${list(names)}. ` +
        'Stop them where they run (remote engines have a service of their own)',
    );
}

/** By the commands of this machine alone, which need no answer of the application. */
export async function stopEngines(parts: Parts, { signal }: Work): Promise<void> {
  const { engines } = parts.services;
  // What cannot tell its state is stopped all the same; that it is, only a state that was told proves.
  const before = await engines.status(signal).catch(async (error) => {
    await engines.stop(signal);
    await engines.disable(signal);
    throw error;
  });
  if (before.running) await engines.stop(signal);
  if (before.startsWithMachine) await engines.disable(signal);
  const limits = { limit: parts.limits.engines, poll: parts.limits.poll, signal };
  let state: ServiceState = before;
  const isQuiet = (): true | undefined => (state.running || state.startsWithMachine ? undefined : true);
  // Where nothing had to be changed, what was just read is the proof.
  const stopped =
    isQuiet() ??
    (await until(async () => {
      state = await engines.status(signal);
      return isQuiet();
    }, limits));
  if (!stopped)
    throw failure(
      'NotYet',
      `the engines of ${parts.context.name} at ${parts.context.site} ${state.running ? 'still run' : 'still start with the machine'}. ` +
        'Look at the engines service of that machine',
    );
}

/** Engines that the core knows; none when the core cannot be asked, since engines work for nobody without it. */
async function registered(parts: Parts, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { api } = await parts.flow(signal);
    return (await api.engines.engines(signal)).map((engine) => `${engine.name} on ${engine.host}`);
  } catch (error) {
    // Not to be asked, e.g. with an expired token: the service's own status has said that it is stopped.
    if (problemOf(error) !== undefined) return [];
    throw error;
  }
}

/** Starts a stopped core, where it can be controlled, and waits until its API answers. Only at a site under our claim. */
export async function ensureCore(parts: Parts, signal: AbortSignal): Promise<void> {
  const { core } = parts.services;
  if (core && !(await core.status(signal)).running) await core.start(signal);
  const answers = await until(
    async () => {
      try {
        return await parts.probe.again(signal);
      } catch (error) {
        if (!isPassing(error)) throw error;
        return undefined;
      }
    },
    { limit: parts.limits.restart, poll: parts.limits.poll, signal },
  );
  if (!answers)
    throw failure(
      'Unavailable',
      `${parts.http.url} does not answer. Start the core of ${parts.context.name} at ${parts.context.site}`,
    );
}

/** Stops even the core, and reads back that its API is gone, so that a task it still ran is dead. */
export async function stopCore(parts: Parts, work: Work): Promise<void> {
  const { core } = parts.services;
  if (core === undefined) throw failure('Refused', `components.${parts.context.name} has no commands for its core`);
  await core.stop(work.signal);
  const limits = { limit: parts.limits.engines, poll: parts.limits.poll, signal: work.signal };
  const down = await until(async () => {
    if ((await core.status(work.signal)).running) return undefined;
    try {
      await parts.probe.again(work.signal);
      return undefined;
    } catch (error) {
      if (!isPassing(error)) throw error;
      return true;
    }
  }, limits);
  if (!down)
    throw failure('NotYet', `the core of ${parts.context.name} at ${parts.context.site} was stopped and still answers`);
}
