import type { HookConfig } from '../model/config.ts';
import { failure } from './failure.ts';
import { runAction } from './run/action.ts';

/** What is known of the run at the hook: pair, run, step, site, point, … Each value is text. */
export type HookFacts = Readonly<Record<string, string>>;

/**
 * Runs the owner's hook of this index with JSON about the step, by program or HTTP call. Returns what it said, in one
 * line. A hook that fails fails the step as its action did, or is only noted where the configuration says so.
 */
export function createHooks(
  hooks: readonly HookConfig[],
): (index: number, facts: HookFacts, signal: AbortSignal) => Promise<string> {
  return async (index, facts, signal) => {
    const hook = hooks[index];
    if (!hook)
      throw failure(
        'InvalidInput',
        `the configuration of this worker has no hook number ${index}; it has ${hooks.length}`,
      );
    const { step, when, at, abortOnFailure } = hook;
    const called = hook.name ?? `hook ${when} ${step}`;
    try {
      const { said } = await runAction(hook.run, { hook: called, step, when, at, ...facts }, { signal });
      return `${called}: ${said.trim().split('\n')[0]?.slice(0, 200) || 'done'}`;
    } catch (error) {
      signal.throwIfAborted();
      if (abortOnFailure) throw error;
      return `${called} failed, and the run goes on: ${(error as Error).message.slice(0, 500)}`;
    }
  };
}
