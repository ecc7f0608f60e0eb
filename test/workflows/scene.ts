import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createInstantPair, type InstantPair, type InstantPairOptions } from '../../bench/instant-pair.ts';
import type { Entry, Facts } from '../../model/facts.ts';
import type { FailoverInput } from '../../model/inputs.ts';
import type { SetupResult } from '../../model/inspect.ts';
import { CONTROL_QUEUE } from '../../model/names.ts';
import type { SiteRecord } from '../../model/record.ts';
import type { FailoverResult, SyncResult } from '../../model/status.ts';
import { establishRecords } from '../site/establish-records.ts';
import { createRunning, type Running } from './running.ts';

export const PAIR = 'orders';
export type Part = 'control' | 'a' | 'b';

export type SceneOptions = Partial<Omit<InstantPairOptions, 'name' | 'client' | 'connection' | 'workflows'>>;

/** Stands around one call of an activity: may throw before it, after it, or instead. */
export type Around = (
  call: { readonly part: Part; readonly name: string; readonly input: Record<string, unknown> },
  perform: () => Promise<unknown>,
) => Promise<unknown>;

/** One pair in a temporary folder, and what a test does with it. */
export interface Scene extends Omit<InstantPair, 'start'> {
  /** Faults of activities. Undefined: none. */
  around: Around | undefined;
  /** Moves the clock of both sites forward. The workflows' clock is the server's. */
  later(milliseconds: number): void;
  perform(part: Part, name: string, input: unknown): Promise<unknown>;
  /** Makes both records as the workflow `setup` does, at once. */
  establish(): Promise<void>;
  setUp(): Promise<SetupResult>;
  sync(id?: string): Promise<Running<SyncResult>>;
  synced(): Promise<SyncResult>;
  failover(input?: Partial<FailoverInput>, id?: string): Promise<Running<FailoverResult>>;
  run<Result>(type: string, id: string, input?: unknown): Promise<Running<Result>>;
  record(site: 'a' | 'b'): Promise<SiteRecord>;
  journal(site: 'a' | 'b'): Promise<readonly Entry[]>;
  facts(site: 'a' | 'b'): Promise<Facts>;
  /** Names of the activities that were called so far, as `part.name`. */
  readonly called: string[];
  /** Terminates what still runs, and removes the folder. */
  end(): Promise<void>;
}

let count = 0;

export async function createScene(env: TestWorkflowEnvironment, options: SceneOptions): Promise<Scene> {
  let offset = 0;
  const pair = await createInstantPair({
    name: PAIR,
    client: env.client,
    connection: env.nativeConnection,
    workflows: {},
    now: () => new Date(Date.now() + offset).toISOString(),
    ...options,
  });
  const number = ++count;
  const runs: Running<unknown>[] = [];
  const open = new Set<Promise<unknown>>();
  const called: string[] = [];
  const names = new Map<string, number>();
  const fresh = (kind: string): string => {
    const next = (names.get(kind) ?? 0) + 1;
    names.set(kind, next);
    return `${kind}/${PAIR}/${number}.${next}`;
  };

  const scene: Scene = {
    ...pair,
    get plan() {
      return pair.plan;
    },
    around: undefined,
    called,
    later(milliseconds) {
      offset += milliseconds;
    },
    perform(part, name, input) {
      called.push(`${part}.${name}`);
      const offered = pair.activities[part] as unknown as Record<string, (input: unknown) => Promise<unknown>>;
      const perform = async (): Promise<unknown> => offered[name]?.(input);
      const call = { part, name, input: input as Record<string, unknown> };
      const work = scene.around ? scene.around(call, perform) : perform();
      const watched = work.catch(() => undefined).finally(() => open.delete(watched));
      open.add(watched);
      return work;
    },
    async run<Result>(type: string, id: string, input?: unknown) {
      const handle = await env.client.workflow.start<(input?: unknown) => Promise<Result>>(type, {
        workflowId: id,
        taskQueue: CONTROL_QUEUE,
        ...(input === undefined ? {} : { args: [input] }),
      });
      const running = createRunning<Result>(env, handle);
      runs.push(running);
      return running;
    },
    establish: () => establishRecords(pair, PAIR),
    async setUp() {
      return (await scene.run<SetupResult>('setup', fresh('setup'), { pair: PAIR })).result();
    },
    sync: (id = fresh('sync')) => scene.run<SyncResult>('sync', id, { pair: PAIR }),
    async synced() {
      return (await scene.sync()).result();
    },
    failover: (input = {}, id = fresh('failover')) =>
      scene.run<FailoverResult>('failover', id, {
        ...{ pair: PAIR, to: 'b', mode: 'planned', reason: 'maintenance of a' },
        ...input,
      }),
    async record(site) {
      return JSON.parse(await readFile(join(pair.folder, site, 'record.json'), 'utf8')) as SiteRecord;
    },
    async journal(site) {
      const text = await readFile(join(pair.folder, site, 'journal.jsonl'), 'utf8');
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Entry);
    },
    async facts(site) {
      return (await pair.sites[site].store.peek()).facts;
    },
    async end() {
      scene.around = undefined;
      await Promise.all(runs.map((run) => run.terminate()));
      await Promise.race([Promise.all(open), sleep(5_000)]);
      await pair.remove();
    },
  };
  return scene;
}
