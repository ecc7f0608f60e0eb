import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { open, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Basics, never, pause, Stopped } from '../basics.ts';
import { readJson, replaceFile } from '../state/files.ts';
import { createSaver } from '../state/saver.ts';
import { type ExportScope, exportPackage } from './export.ts';
import { importPackage } from './import.ts';
import type { MergeRules } from './merge.ts';
import type { Task, TaskLog, TaskLogLine } from './task.ts';

/** What a task needs to begin, without what the site fills in itself. */
export type TaskOrder = Omit<Task, 'id' | 'started' | 'finished' | 'state' | 'result'>;

/** What a running task reaches outside of itself. */
export interface MigrationHooks {
  enginesRun(): boolean;
  pauseMessages(paused: boolean): void;
  /** Tells a topic how the task ended. */
  notify(topic: string): void;
  jobHistory(): unknown;
  /** Restarts the core, where a switch says a restore does that. */
  restartCore(): void;
}

/** Backups and restores of one site, as tasks that live on without their caller. */
export interface Migration {
  list(): Task[];
  get(id: number): Task | undefined;
  log(id: number): TaskLogLine[];
  /** True while a task has no end. */
  busy(): boolean;
  /** Writes a package to a file of this machine. */
  startExport(order: TaskOrder, scope: ExportScope, path: string): Promise<Task>;
  /** Merges a package on this machine into the site; `after` cleans up behind it. */
  startImport(order: TaskOrder, rules: MergeRules, path: string, after?: () => Promise<void>): Promise<Task>;
  /** Resolves when the task has ended, or with `undefined` when the core stops before. */
  ended(id: number): Promise<Task | undefined>;
  /** A file name in the server's temporary space. */
  scratchFile(name: string): string;
  /** Ends what runs, as stopping the core does. */
  interrupt(): Promise<void>;
  flush(): Promise<void>;
  /** The power is gone: resolves when nothing here touches the disk any more. */
  cut(): Promise<void>;
}

/** Opens the tasks of a site; what was unfinished when the power went is settled as the switch says. */
export function openMigration(site: Basics, hooks: MigrationHooks): Migration {
  const path = join(site.folder, 'tasks.json');
  const logs = join(site.folder, 'logs', 'migration');
  mkdirSync(logs, { recursive: true });
  const tasks = new Map<number, Task>();
  for (const task of (readJson(path) as Task[] | undefined) ?? []) tasks.set(task.id, task);
  let last = Math.max(0, ...tasks.keys());
  const saver = createSaver(() => replaceFile(path, JSON.stringify([...tasks.values()])));
  const stops = new Map<number, AbortController>();
  const running = new Map<number, Promise<void>>();
  let tail: Promise<void> = Promise.resolve();
  let dead = false;

  const unfinished = (): Task[] => [...tasks.values()].filter((task) => task.finished === undefined);
  const settle = (task: Task): void => {
    const how = site.unknowns().tasksAfterRestart;
    if (how === 'gone') tasks.delete(task.id);
    if (how === 'failed') {
      task.state = 'failed';
      task.finished = site.now().toISOString();
      task.result = 'The server was stopped while the task ran';
    }
    saver.touch();
  };
  for (const task of unfinished()) settle(task);

  const logger = (id: number): TaskLog => {
    return (status, code, message) => {
      if (dead) return;
      const line: TaskLogLine = { time: site.now().toISOString(), status, code, message };
      appendFileSync(join(logs, `${id}.jsonl`), `${JSON.stringify(line)}\n`);
    };
  };
  const finish = async (task: Task, state: 'success' | 'failed', result: string): Promise<void> => {
    task.state = state;
    task.result = result;
    task.finished = site.now().toISOString();
    saver.touch();
    await saver.flush();
    const topic = state === 'success' ? task.successTopic : task.failureTopic;
    if (topic !== undefined) hooks.notify(topic);
  };
  const begin = async (order: TaskOrder, work: (task: Task, signal: AbortSignal) => Promise<string>): Promise<Task> => {
    last += 1;
    const task: Task = { ...order, id: last, started: site.now().toISOString(), state: 'submitted', result: '' };
    const stop = new AbortController();
    tasks.set(task.id, task);
    stops.set(task.id, stop);
    saver.touch();
    await saver.flush();
    const before = site.unknowns().parallelTasks === 'parallel' ? Promise.resolve() : tail;
    const done = before.then(() => run(task, stop.signal, work));
    tail = Promise.all([tail, done]).then(() => {});
    running.set(task.id, done);
    return structuredClone(task);
  };
  const run = async (
    task: Task,
    signal: AbortSignal,
    work: (task: Task, signal: AbortSignal) => Promise<string>,
  ): Promise<void> => {
    const log = logger(task.id);
    try {
      if (signal.aborted) throw new Stopped();
      task.state = 'running';
      saver.touch();
      const type = task.type === 'EXPORT' ? 'export' : 'import';
      if ([type, 'any'].includes(site.faults.get('taskNeverEnds') ?? '')) await never(signal);
      if ([type, 'any'].includes(site.faults.get('taskFails') ?? '')) throw new Error('The task failed by order.');
      const result = await work(task, signal);
      if (dead) return;
      await finish(task, 'success', result);
    } catch (cause) {
      if (dead) return;
      if (cause instanceof Stopped || signal.aborted) {
        settle(task);
      } else {
        const message = (cause as Error).message;
        log('ERROR', 409599, message);
        await finish(task, 'failed', message);
      }
    } finally {
      stops.delete(task.id);
      running.delete(task.id);
    }
  };

  return {
    list: () => [...tasks.values()].sort((a, b) => b.id - a.id).map((task) => structuredClone(task)),
    get: (id) => structuredClone(tasks.get(id)),
    log(id) {
      const file = join(logs, `${id}.jsonl`);
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TaskLogLine);
    },
    busy: () => unfinished().length > 0,
    startExport: (order, scope, target) =>
      begin(order, async (task, signal) => {
        const history = site.unknowns().jobHistoryInBackup === 'yes' ? { history: hooks.jobHistory() } : {};
        await exportPackage(site, { ...scope, ...history }, target, logger(task.id), signal);
        await pause(site.settings().backupMs, signal);
        await spoil(site, target);
        return 'Successful export';
      }),
    startImport: (order, rules, source, after) =>
      begin(order, async (task, signal) => {
        const log = logger(task.id);
        try {
          const where = order.resourceName ?? 'FME_SHAREDRESOURCE_SYSTEM';
          const from = order.packagePath ?? `/temp/tomcat/${order.packageName}`;
          log('INFORM', 409520, `Getting migration package from shared resource "${where}" with path "${from}"...`);
          await enginesReady(site, hooks, signal);
          if (order.pauseNotifications === true) hooks.pauseMessages(true);
          const scratch = join(site.folder, 'scratch', `import-${task.id}`);
          await importPackage(site, source, rules, site.settings().restoreMs, scratch, log, signal);
        } finally {
          hooks.pauseMessages(false);
          if (!dead) await after?.();
        }
        if (site.unknowns().licenceAfterRestore === 'lost') site.faults.set('unlicensed', true);
        if (site.unknowns().afterRestore === 'core-restarts') setImmediate(() => hooks.restartCore());
        return 'Successful import';
      }),
    async ended(id) {
      await running.get(id);
      return dead ? undefined : structuredClone(tasks.get(id));
    },
    scratchFile: (name) => join(site.folder, 'scratch', randomUUID(), name.replaceAll(/[^\w.-]/g, '_')),
    async interrupt() {
      for (const stop of stops.values()) stop.abort();
      await Promise.all(running.values());
      await saver.flush();
    },
    flush: saver.flush,
    async cut() {
      dead = true;
      for (const stop of stops.values()) stop.abort();
      await Promise.all([saver.cut(), ...running.values()]);
    },
  };
}

/** A Core thread restores, so engines are not needed, unless a fault says so. */
async function enginesReady(site: Basics, hooks: MigrationHooks, signal: AbortSignal): Promise<void> {
  const how = site.faults.get('restoreNeedsEngines');
  if (how === undefined || hooks.enginesRun()) return;
  if (how === 'fails') throw new Error('The import needs a running engine.');
  while (!hooks.enginesRun()) await pause(20, signal);
}

/** Faults that spoil a package after it was written. */
async function spoil(site: Basics, path: string): Promise<void> {
  if (site.faults.get('diskFull') === true) {
    await truncate(path, Math.floor((await stat(path)).size / 2));
    throw new Error('No space left on device.');
  }
  if (site.faults.get('corruptPackage') !== true) return;
  const middle = Math.floor((await stat(path)).size / 2);
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, middle);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await file.write(byte, 0, 1, middle);
  } finally {
    await file.close();
  }
}

/** Removes a scratch file with its folder. */
export async function removeScratch(path: string): Promise<void> {
  await rm(join(path, '..'), { recursive: true, force: true });
}
