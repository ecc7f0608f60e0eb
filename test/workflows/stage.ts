import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { type ControlDeps, createControlActivities } from '../../activities/control/activities.ts';
import { createSiteActivities } from '../../activities/site/activities.ts';
import type { Site } from '../../activities/site/site.ts';
import { CONTROL_QUEUE, pairQueue, siteQueue } from '../../model/names.ts';
import { timeSkippingEnvironment } from '../setup/time-skipping.ts';
import { createScene, PAIR, type Part, type Scene, type SceneOptions } from './scene.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });

const PARTS: readonly Part[] = ['control', 'a', 'b'];

/** What a planned failover of these scenes cannot promise, and says. */
export const NO_DOOR = 'No front door is configured: what clients wrote after the freeze may be lost';

/** One Temporal with skipped time and one set of workers for all tests of a file; each test sets a scene of its own. */
export interface Stage {
  env(): TestWorkflowEnvironment;
  client(): Client;
  /** A new pair: site a active, site b standby, both records made. */
  scene(options?: SceneOptions): Promise<Scene>;
  /** Without records: nothing was set up yet. */
  emptyScene(options?: SceneOptions): Promise<Scene>;
  /** Stops one worker, as when its machine is lost, until the scene ends or it is started again. */
  lose(part: 'a' | 'b'): Promise<void>;
  regain(part: 'a' | 'b'): Promise<void>;
}

interface Running {
  readonly workers: readonly Worker[];
  readonly ended: Promise<unknown>;
}

/** Call once at the top of a test file. */
export function useStage(): Stage {
  let env: TestWorkflowEnvironment;
  let current: Scene | undefined;
  const running = new Map<Part, Running>();

  const start = async (part: Part): Promise<void> => {
    const shared = {
      connection: env.nativeConnection,
      // The histories that are kept from here name no machine.
      identity: `worker of ${part}`,
      maxHeartbeatThrottleInterval: '1 second',
      activities: dispatcher(part, () => current),
    } as const;
    const workflowBundle = { codePath: inject('workflowBundle') };
    const workers = await Promise.all(
      part === 'control'
        ? [
            Worker.create({ ...shared, taskQueue: CONTROL_QUEUE, workflowBundle }),
            Worker.create({ ...shared, taskQueue: pairQueue(PAIR) }),
          ]
        : [Worker.create({ ...shared, taskQueue: siteQueue(PAIR, part) })],
    );
    running.set(part, { workers, ended: Promise.all(workers.map((worker) => worker.run())) });
  };
  const stop = async (part: Part): Promise<void> => {
    const found = running.get(part);
    running.delete(part);
    for (const worker of found?.workers ?? []) worker.shutdown();
    await found?.ended;
  };
  const regain = async (part: Part): Promise<void> => {
    if (!running.has(part)) await start(part);
  };

  beforeAll(async () => {
    env = await timeSkippingEnvironment();
    await Promise.all(PARTS.map(start));
  });
  afterEach(async () => {
    await current?.end();
    current = undefined;
    await Promise.all(PARTS.map(regain));
  });
  afterAll(async () => {
    await Promise.all(PARTS.map(stop));
    await env?.teardown();
  });

  const emptyScene = async (options: SceneOptions = {}): Promise<Scene> => {
    current = await createScene(env, options);
    return current;
  };
  return {
    env: () => env,
    client: () => env.client,
    emptyScene,
    async scene(options) {
      const scene = await emptyScene(options);
      await scene.establish();
      return scene;
    },
    lose: stop,
    regain,
  };
}

/** Hands each activity to the scene that is on now. */
function dispatcher(part: Part, scene: () => Scene | undefined): Record<string, (input: unknown) => Promise<unknown>> {
  const call = (name: string) => async (input: unknown) => {
    const now = scene();
    if (!now) throw new Error(`${name} was called between two tests`);
    return now.perform(part, name, input);
  };
  return Object.fromEntries(namesOf(part).map((name) => [name, call(name)]));
}

/** What a worker of this part offers, told without making one. */
const namesOf = (part: Part): readonly string[] =>
  Object.keys(part === 'control' ? createControlActivities({} as ControlDeps) : createSiteActivities({} as Site));
