import { expect, test } from 'vitest';
import type { Flow } from '../../../activities/components/fme-flow/probe.ts';
import { runSmoke } from '../../../activities/components/fme-flow/smoke.ts';

const signal = new AbortController().signal;

/** A server that takes the job, and tells of it what is given. */
const server = (told: { engine?: string; log: string }) => ({
  config: { smoke: { repository: 'Orders', workspace: 'smoke.fmw', parameters: {}, timeout: 1_000 } },
  context: { site: 'dc2' },
  limits: { poll: 5 },
  flow: async () =>
    ({
      api: {
        submit: { submit: async () => 7 },
        jobs: {
          job: async () => ({
            id: 7,
            state: 'success',
            says: 'SUCCESS',
            ...(told.engine ? { engine: told.engine } : {}),
          }),
          log: async () => told.log,
        },
        engines: { engines: async () => [{ name: 'dc2_Engine1', host: 'dc2', queues: ['Default'] }] },
      },
    }) as unknown as Flow,
});

test.each([
  ['its engine and its output', { engine: 'dc2_Engine1', log: 'SMOKE dc2' }, 'dc2_Engine1', 'SMOKE dc2'],
  ['its output alone', { log: 'SMOKE dc2' }, 'an engine that the server does not name', 'SMOKE dc2'],
  ['its engine alone', { engine: 'dc2_Engine1', log: '' }, 'dc2_Engine1', ''],
])('a smoke job of which the server tells %s has run', async (_what, told, engine, output) => {
  expect(await runSmoke(server(told), 'key', signal)).toEqual({ job: 7, engine, output });
});

test.each([
  [
    'an engine of another site',
    { engine: 'dc1_Engine1', log: 'SMOKE dc1' },
    /was run by dc1_Engine1, which is no engine/,
  ],
  ['nothing but its good end', { log: '' }, /tells neither which engine ran it nor its log: nothing shows that it ran/],
])('one of which it tells %s proves nothing', async (_what, told, says) => {
  await expect(runSmoke(server(told), 'key', signal)).rejects.toThrow(says);
});
