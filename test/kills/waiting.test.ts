import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../client/run.ts';
import type { Part } from '../../demo/scene.ts';
import type { Ask } from '../../model/asks.ts';
import type { FailoverResult } from '../../model/status.ts';
import { watchActing } from './acting-watch.ts';
import { brokenPromises, lostJobs } from './promises.ts';
import { BUILD_OF, type Stage, setTheStage } from './stage.ts';
import { orNothing, until } from './until.ts';

/** While a run waits for a person no activity of it is open, so nothing of the loop hits there: hours of a real failover. */
const PARTS: readonly (Part | 'temporal')[] = ['temporal', 'control', 'dc1', 'dc2'];
const KILLED: readonly (readonly (Part | 'temporal')[])[] = [...PARTS.map((part) => [part]), PARTS];

let stage: Stage;
beforeAll(async () => {
  stage = await setTheStage({ build: BUILD_OF.v4, freezeMax: '2h' });
}, 180_000);
afterAll(() => stage?.end());

test('an approval outlives the death of every process, one by one and all at once, and is answered as it was asked', {
  timeout: 900_000,
}, async () => {
  const watch = watchActing(stage);
  const run = await stage.understudy.failover({ to: 'dc2', mode: 'planned', reason: 'to be killed while it waits' });
  const approved: string[] = [];
  for (let result: FailoverResult | undefined; result === undefined; ) {
    const ask = await askOrEnd(run);
    if (ask === 'ended') {
      result = await run.result();
      expect(await watch.stop()).toEqual([]);
      expect(await brokenPromises(stage, result)).toEqual([]);
      break;
    }
    if (ask.choices.includes('approve')) {
      for (const victims of KILLED) {
        await killAndStart(victims);
        expect(await askOrEnd(run)).toEqual(ask);
      }
      approved.push(ask.step);
    }
    const choice = ask.choices.find((each) => each === 'approve' || each === 'resubmit');
    if (!choice) throw new Error(`nobody planned to be asked "${ask.title}" at ${ask.step}`);
    await run.answer({ ask: ask.id, choice, who: 'Ada', why: 'it is still what was asked' });
  }
  expect(approved).toEqual(['start', 'cutover']);
});

test('every job that a client got accepted meanwhile ran, once', { timeout: 400_000 }, async () => {
  await stage.writers.stop();
  expect(stage.writers.accepted.length).toBeGreaterThan(10);
  expect(await lostJobs(stage, 300_000)).toEqual([]);
});

/** All of them are dead before the first one starts again. */
async function killAndStart(victims: readonly (Part | 'temporal')[]): Promise<void> {
  const { scene } = stage;
  const workers = victims.filter((victim) => victim !== 'temporal');
  await Promise.all(workers.map((part) => scene.worker(part).kill()));
  if (victims.includes('temporal')) {
    const pid = scene.temporal.pid() as number;
    process.kill(pid, 'SIGKILL');
    // Started again by who keeps it up.
    await until('new Temporal', () => (scene.temporal.pid() !== pid ? true : undefined));
  }
  for (const part of workers) scene.startWorker(part);
}

/** What the run asks next, as soon as anybody answers. */
function askOrEnd(run: Run<FailoverResult>): Promise<Ask | 'ended'> {
  return until('question', async () => {
    const description = await orNothing(stage.client.workflow.getHandle(run.id).describe());
    if (description && description.status.name !== 'RUNNING') return 'ended';
    return (await orNothing(run.status()))?.ask;
  });
}
