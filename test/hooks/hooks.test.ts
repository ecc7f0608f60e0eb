import { expect, test } from 'vitest';
import { hookIds } from '../../activities/config/hook-ids.ts';
import { failureType } from '../../activities/failure.ts';
import { createHooks } from '../../activities/hooks.ts';
import type { HookConfig } from '../../model/config.ts';

const hook = (script: string, more: Partial<HookConfig> = {}): HookConfig => ({
  step: 'promote',
  when: 'before',
  at: 'target',
  run: { command: [process.execPath, '-e', script], timeout: 30_000 },
  abortOnFailure: true,
  ...more,
});
/** Runs the hook that stands there. */
const runs = (hooks: readonly HookConfig[], index: number, facts: Readonly<Record<string, string>>, by: AbortSignal) =>
  createHooks(hooks)(hookIds(hooks)[index] ?? 'none', facts, by);
const signal = () => new AbortController().signal;
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );

test('a hook is told about its step, and what it says is kept', async () => {
  const hooks = [hook(''), hook('process.stdin.pipe(process.stdout)', { name: 'page-people' })];
  const said = await runs(hooks, 1, { pair: 'fme', site: 'dc2' }, signal());
  expect(said.startsWith('page-people: ')).toBe(true);
  expect(JSON.parse(said.slice('page-people: '.length))).toEqual({
    hook: 'page-people',
    step: 'promote',
    when: 'before',
    at: 'target',
    pair: 'fme',
    site: 'dc2',
  });
});

test('a hook that fails fails its step', async () => {
  const error = await failed(runs([hook('console.error("not today"); process.exit(1)')], 0, {}, signal()));
  expect(failureType(error)).toBe('Unavailable');
  expect(error.message).toContain('not today');
});

test('a hook whose failure does not matter is noted', async () => {
  const hooks = [hook('console.error("not today"); process.exit(1)', { abortOnFailure: false })];
  expect(await runs(hooks, 0, {}, signal())).toMatch(/hook before promote failed, and the run goes on: .*not today/s);
});

test('the end of a run is no failure to be noted', async () => {
  const cancel = new AbortController();
  cancel.abort(new Error('displaced'));
  await expect(runs([hook('', { abortOnFailure: false })], 0, {}, cancel.signal)).rejects.toThrow('displaced');
});

test('a hook is known by what it does, wherever it stands; two that do the same have a name each', () => {
  const [ticket, batch] = [hook('ticket'), hook('batch')];
  const [first, second] = hookIds([ticket, batch]);
  expect(first).not.toBe(second);
  expect(hookIds([batch])).toEqual([second]);
  expect(new Set(hookIds([ticket, ticket, batch])).size).toBe(3);
});

test('one that this worker does not have, or that does something else now, is not run', async () => {
  const [planned] = hookIds([hook('process.exit(0)')]);
  const error = await failed(createHooks([hook('process.exit(1)')])(planned ?? '', {}, signal()));
  expect(failureType(error)).toBe('ConfigChanged');
});
