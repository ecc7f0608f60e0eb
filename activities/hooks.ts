import type { HookConfig } from '../model/config.ts';
import { hookIds } from './config/hook-ids.ts';
import { failure } from './failure.ts';
import { runAction } from './run/action.ts';
import type { RunOptions } from './run/command.ts';

/** What is known of the run at the hook: pair, run, step, site, point, … Each value is text. */
export type HookFacts = Readonly<Record<string, string>>;

/**
 * Runs the owner's hook of this id with JSON about the step, by program or HTTP call. Returns what it said, in one
 * line. A hook that fails fails the step as its action did, or is only noted where the configuration says so.
 */
export function createHooks(
  hooks: readonly HookConfig[],
  children?: RunOptions['children'],
): (id: string, facts: HookFacts, signal: AbortSignal) => Promise<string> {
  const ids = hookIds(hooks);
  return async (id, facts, signal) => {
    const hook = hooks[ids.indexOf(id)];
    if (!hook)
      throw failure(
        'ConfigChanged',
        `a hook that this run was planned with (${facts.when} ${facts.step}) is not in the configuration of this worker any more, or does something else`,
      );
    const { step, when, at, abortOnFailure } = hook;
    const called = hook.name ?? `hook ${when} ${step}`;
    try {
      const { said } = await runAction(
        hook.run,
        { hook: called, step, when, at, ...facts },
        { signal, ...(children ? { children } : {}) },
      );
      return `${called}: ${said.trim().split('\n')[0]?.slice(0, 200) || 'done'}`;
    } catch (error) {
      signal.throwIfAborted();
      if (abortOnFailure) throw error;
      return `${called} failed, and the run goes on: ${(error as Error).message.slice(0, 500)}`;
    }
  };
}
