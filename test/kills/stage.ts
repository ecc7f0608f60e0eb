import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { loadConfig } from '../../activities/config/load.ts';
import { setUp } from '../../client/set-up.ts';
import { createUnderstudy, type Understudy } from '../../client/understudy.ts';
import { type Scene, type SceneOptions, setTheScene } from '../../demo/scene.ts';
import { PAIR, type SiteName } from '../../demo/scene-config.ts';
import { FAILPOINT_VARIABLE } from '../../worker/failpoint.ts';
import { type Authors, authorsAt } from './authors.ts';
import { type FailpointFile, failpointFile } from './failpoint-file.ts';
import { startWriters, type Writers } from './writers.ts';

/** The demo's scene with real processes, set up, with clients who write, and workers that can be stopped exactly. */
export interface Stage {
  readonly scene: Scene;
  readonly client: Client;
  readonly understudy: Understudy;
  readonly failpoint: FailpointFile;
  readonly writers: Writers;
  readonly throughTheDoor: Authors;
  authors(site: SiteName): Authors;
  end(): Promise<void>;
}

/** What the processes of a scene look for. Named, so that it is got before: the hook that sets a stage has no time to build it. */
export const programs = [inject('temporalCli'), inject('restic')];

/** Builds of FME Flow whose REST API is version 3, and 4 beside 3. */
export const BUILD_OF = { v3: 23166, v4: 25606 } as const;

/** Below the limit of the hooks that set a stage, so that what was started is always ended. */
const SET_UP_LIMIT_MS = 150_000;

/** Where the machine of a site keeps what it has. */
export const machineOf = (scene: Scene, site: SiteName): string => join(scene.folder, site, 'machine');

export interface StageOptions extends SceneOptions {
  readonly build: number;
  readonly say?: (line: string) => void;
}

export async function setTheStage({ say = () => {}, ...options }: StageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-stage-'));
  const failpoint = failpointFile(join(folder, 'failpoint.json'));
  const environment = { ...options.environment, [FAILPOINT_VARIABLE]: failpoint.path };
  const scene = await setTheScene(folder, say, { ...options, environment });
  try {
    const { address, namespace } = scene.temporal;
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    const understudy = createUnderstudy({ client, pair: PAIR });
    const { config } = await loadConfig(scene.config);
    const authors = (site: SiteName): Authors => authorsAt(scene.sites[site].url, scene.token);
    await authors('dc1').publish(machineOf(scene, 'dc1'));
    const setup = setUp({ understudy, client, connection, config, temporal: { namespace } }, { paused: true }, say);
    await within(SET_UP_LIMIT_MS, setup, `the pair was not set up; the logs are in ${folder}/logs`);
    const throughTheDoor = authorsAt(scene.door.url, scene.token);
    const writers = startWriters(throughTheDoor);
    return {
      scene,
      client,
      understudy,
      failpoint,
      writers,
      throughTheDoor,
      authors,
      async end() {
        failpoint.release();
        await writers.stop();
        await connection.close().catch(() => {});
        await scene.end();
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    await scene.end();
    throw error;
  }
}

async function within<T>(milliseconds: number, work: Promise<T>, otherwise: string): Promise<T> {
  const over = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new Error(otherwise);
  });
  late.catch(() => undefined);
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => over.abort());
}
