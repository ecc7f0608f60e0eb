import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Component } from '../activities/components/component.ts';
import { failure } from '../activities/failure.ts';
import type { GivenUpJob } from '../model/facts.ts';

/** An application in memory whose calls return at once: what is left of a run's time is orchestration. */
export interface InstantApp {
  identity: string;
  version: string;
  started: string;
  timeZone?: string;
  healthy: boolean;
  /** Name → content: what a backup carries and a restore merges. */
  items: Map<string, string>;
  enabled: Set<string>;
  /** Names that cannot be enabled: they are not there any more. */
  readonly deleted: Set<string>;
  executing: boolean;
  startsWithMachine: boolean;
  /** Clients' writes are refused. */
  refusing: boolean;
  jobs: GivenUpJob[];
  /** Ids of jobs that had ended by themselves when they were to be cancelled. */
  readonly ended: Set<string>;
  /** Restores that run on in the application. */
  tasks: { name: string; since: string }[];
  /** Every effect on the application, in order. */
  log: string[];
  /**
   * Called before each method, with its name, and between posting a restore and its end (`posted`): throws or waits to
   * simulate the world's faults.
   */
  before?: (method: string) => Promise<void> | void;
}

export const instantApp = (identity: string, executing: boolean): InstantApp => ({
  identity,
  version: '1.0 build 100',
  started: '2026-01-01T00:00:00.000Z',
  healthy: true,
  items: new Map(),
  enabled: new Set(executing ? ['nightly', 'hourly'] : []),
  deleted: new Set(),
  executing,
  startsWithMachine: false,
  refusing: !executing,
  jobs: [],
  ended: new Set(),
  tasks: [],
  log: [],
});

/** The component of such an application. */
export function instantComponent(app: InstantApp): Component {
  const call = async <T>(method: string, body: () => T | Promise<T>): Promise<T> => {
    await app.before?.(method);
    return body();
  };
  const inventory = () => ({ items: Object.fromEntries([...app.items].map(([name, content]) => [name, content])) });
  return {
    kind: 'instant',
    expected: [{ rule: 'a-restore-merges', kind: 'items', difference: 'extra' }],
    notPromised: [],
    identify: () => call('identify', () => app.identity),
    observe: () =>
      call('observe', () => ({
        identity: app.identity,
        version: app.version,
        started: app.started,
        ...(app.timeZone === undefined ? {} : { timeZone: app.timeZone }),
        health: { healthy: app.healthy, says: app.healthy ? 'ok' : 'not ok' },
        executing: { running: app.executing, startsWithMachine: app.startsWithMachine },
        tasks: [...app.tasks],
      })),
    inventory: () => call('inventory', inventory),
    backup: () =>
      call('backup', () => ({
        stream: Readable.from([JSON.stringify([...app.items])]),
        file: 'items.json',
        finish: async () => undefined,
      })),
    restore: (work, input) =>
      call('restore', async () => {
        if (app.executing) throw failure('Refused', 'a restore into an application whose executing part runs');
        await work.intendTask(work.key);
        await app.before?.('posted');
        for (const [name, content] of JSON.parse(await text(await input.stream())) as [string, string][])
          app.items.set(name, content);
        app.log.push('restore');
        await work.taskEnded(work.key, 'done');
      }),
    enabled: () => call('enabled', () => ({ schedules: [...app.enabled].sort() })),
    hold: () =>
      call('hold', () => {
        app.enabled.clear();
        app.log.push('hold');
      }),
    release: (_work, set) =>
      call('release', () => {
        const names = set.schedules ?? [];
        app.enabled = new Set(names.filter((name) => !app.deleted.has(name)));
        app.refusing = false;
        app.log.push(`release ${[...app.enabled].join(',')}`);
        return names.filter((name) => app.deleted.has(name));
      }),
    drain: () => call('drain', () => ({ running: [...app.jobs], queued: [] })),
    cancel: (_work, jobs) =>
      call('cancel', async () => {
        const ids = jobs.map(({ id }) => id);
        app.jobs = app.jobs.filter(({ id }) => !ids.includes(id));
        await app.before?.('cancelled');
        return ids.filter((id) => app.ended.has(id));
      }),
    resubmit: (_work, job) => call('resubmit', () => void app.log.push(`resubmit ${job.id}`)),
    proveFrozen: () =>
      call('proveFrozen', () => {
        app.refusing = true;
        app.log.push('frozen');
      }),
    quiet: () =>
      call('quiet', () => {
        app.executing = false;
        app.startsWithMachine = false;
        app.refusing = true;
        app.log.push('quiet');
      }),
    stage: () =>
      call('stage', () => {
        app.log.push('stage');
        return [];
      }),
    start: (_work, { backlog } = { backlog: 'cancel' }) =>
      call('start', () => {
        if (backlog === 'cancel') app.jobs = [];
        app.executing = true;
        app.log.push('start');
        return [];
      }),
    stopCore: () =>
      call('stopCore', () => {
        app.tasks = [];
        app.log.push('stop-core');
      }),
    clean: () => call('clean', () => undefined),
    check: () => call('check', () => []),
  };
}
