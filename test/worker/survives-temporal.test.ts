import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { freePort } from '../../tools/free-port.ts';
import { createLog } from '../../worker/log.ts';
import { runParts } from '../../worker/run-parts.ts';
import { type EmbeddedTemporal, startTemporal } from '../../worker/temporal.ts';
import { runningTemporal, TemporalInUse } from '../../worker/temporal-lock.ts';
import { temporalSettings } from '../../worker/temporal-settings.ts';

/** One server of its own: these tests take it away. The parts begin to run before it is there. */

const lines: string[] = [];
const log = createLog({ write: (line) => lines.push(line) });
const said: string[] = [];
const stopWorking = new AbortController();
let folder: string;
let working: Promise<void>;
let temporal: EmbeddedTemporal;
let client: Client;

beforeAll(async () => {
  Runtime.install({ logger: log, telemetryOptions: { logging: { forward: {} } }, shutdownSignals: [] });
  folder = await mkdtemp(join(tmpdir(), 'understudy-temporal-'));
  const [port, uiPort] = [await freePort(), await freePort()];
  working = runParts({
    pair: 'orders',
    temporal: temporalSettings({ address: `127.0.0.1:${port}` }),
    parts: [
      {
        name: 'control',
        taskQueue: 'survives',
        activities: { hello: async (name: string) => `hello ${name}` },
        workflows: { path: fileURLToPath(new URL('./stand-in/workflows.ts', import.meta.url)) },
      },
    ],
    log,
    signal: stopWorking.signal,
  });
  await vi.waitUntil(() => lines.some((line) => line.includes('trying again')), { timeout: 30_000 });
  temporal = await startTemporal({ folder, port, uiPort, cli: inject('temporalCli'), say: (line) => said.push(line) });
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
}, 120_000);

afterAll(async () => {
  stopWorking.abort();
  await working;
  await client.connection.close();
  await temporal.stop();
  await rm(folder, { recursive: true, force: true });
});

const greet = (name: string, pause: number) =>
  client.workflow.start('greetTwice', { workflowId: name, taskQueue: 'survives', args: [{ name, pause }] });

test('a worker that was started before Temporal works as soon as Temporal is there', async () => {
  await expect((await greet('early', 1)).result()).resolves.toBe('hello early, hello early');
});

test('a second server on the same database is refused, and the first is named', async () => {
  const again = startTemporal({ folder, say: () => {} });
  await expect(again).rejects.toThrow(TemporalInUse);
  await expect(again).rejects.toThrow(temporal.ui);
  expect(await runningTemporal(temporal.database)).toMatchObject({ keeper: process.pid, address: temporal.address });
});

test('a port that is taken is refused: another server would answer in the place of ours', async () => {
  const port = Number(temporal.address.split(':')[1]);
  const other = startTemporal({ folder: join(folder, 'other'), port, say: () => {} });
  await expect(other).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`);
  expect(await runningTemporal(join(folder, 'other', 'temporal.db'))).toBeUndefined();
});

test('two that start at the same moment have a port each, as long as they live', { timeout: 120_000 }, async () => {
  const both = await Promise.all(
    ['left', 'right'].map((name) => startTemporal({ folder: join(folder, name), say: (line) => said.push(line) })),
  );
  try {
    expect(new Set(both.flatMap(({ address, ui }) => [address.split(':')[1], ui.split(':')[2]])).size).toBe(4);
    const [left] = both as [EmbeddedTemporal, EmbeddedTemporal];
    // Nothing listens on its port for a moment, and nobody takes it.
    process.kill(left.pid() as number, 'SIGKILL');
    const port = Number(left.address.split(':')[1]);
    const third = startTemporal({ folder: join(folder, 'third'), port, say: () => {} });
    await expect(third).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`);
  } finally {
    await Promise.all(both.map((each) => each.stop()));
  }
});

test('a killed Temporal is started again on its database, and worker and run go on by themselves', {
  timeout: 180_000,
}, async () => {
  const run = await greet('survivor', 3_000);
  const killed = temporal.pid() as number;
  process.kill(killed, 'SIGKILL');
  await expect.poll(() => temporal.pid(), { timeout: 30_000 }).not.toBe(killed);
  // A client gives a question up sooner than a busy machine has Temporal up again.
  const result = async () => {
    for (;;) {
      const ended = await run.result().catch((error: Error) => {
        if (error instanceof WorkflowFailedError) throw error;
      });
      if (ended !== undefined) return ended;
      await sleep(500);
    }
  };
  expect(await result()).toBe('hello survivor, hello survivor');
  expect(said).toContain('Temporal ended (SIGKILL); starting it again');
});
