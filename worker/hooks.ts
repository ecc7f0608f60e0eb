import { failure } from '../activities/failure.ts';
import { runAction } from '../activities/run/action.ts';
import type { Config } from '../model/config.ts';

/** Runs the owner's hook of this number: where is up to the caller. It gets the run's facts. */
export function hookRunner(config: Pick<Config, 'pair' | 'hooks'>) {
  return async (index: number, facts: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> => {
    const hook = config.hooks[index];
    if (hook === undefined) throw failure('ConfigChanged', `the configuration has no hook ${index + 1} any more`);
    const request = { pair: config.pair, step: hook.step, when: hook.when, ...facts };
    const { said } = await runAction(hook.run, request, { signal });
    return lastLine(said);
  };
}

/** What travels into a history of what a program said: its last words. */
const lastLine = (said: string): string => said.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
