import { join } from 'node:path';
import { type Basics, never, pause, Stopped } from '../basics.ts';
import { openRecordLog, readRecords } from '../state/log.ts';
import type { Engines } from './engines.ts';
import { type Job, type JobOrder, type JobState, OPEN_STATES, parameter } from './job.ts';
import type { Ledger } from './ledger.ts';
import { type Outcome, runWorkspace } from './workspaces.ts';

/** The job queue of a site and its engines' work. */
export interface Jobs {
  /** Accepts a job; when this resolves it survives a power cut. */
  submit(order: JobOrder): Promise<Job>;
  get(id: number): Job | undefined;
  /** All jobs, the newest first. */
  list(states?: readonly JobState[]): Job[];
  /** Cancels an open job; false when it is not open. */
  cancel(id: number): Promise<boolean>;
  /** Resolves when the job has ended, or with `undefined` when the core stops before. */
  ended(id: number): Promise<Job | undefined>;
  /** Jobs that run at this moment, by engine. */
  running(): ReadonlyMap<string, number>;
  /** Gives queued jobs to free engines. */
  dispatch(): void;
  /** Cuts off what runs: it is queued again while it has tries left. */
  interrupt(): Promise<void>;
  /** Called after each ended job. */
  onEnd(listener: (job: Job) => void): void;
  flush(): Promise<void>;
  /** The power is gone: resolves when nothing here touches the disk any more. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

interface Run {
  jobId: number;
  stop: AbortController;
  cancelled: boolean;
  done: Promise<void>;
}

/** Opens the jobs of a site. Jobs that ran when the power went are found and queued again, or ended as failed. */
export function openJobs(site: Basics, engines: Engines, ledger: Ledger): Jobs {
  const path = join(site.folder, 'jobs.jsonl');
  const jobs = readRecords<Job>(path);
  let last = Math.max(0, ...jobs.keys());
  const runs = new Map<string, Run>();
  const waiting = new Map<number, ((job: Job | undefined) => void)[]>();
  const listeners: ((job: Job) => void)[] = [];
  let dead = false;

  const writeLedger = (job: Job, result: 'success' | 'failure' | 'cancelled' | 'interrupted'): void => {
    const nonce = parameter(job, 'NONCE');
    ledger.write({
      site: site.name,
      machineKey: site.identity.machineKey,
      jobId: job.id,
      repository: job.repository,
      workspace: job.workspace,
      queue: job.queue,
      ...(job.source === undefined ? {} : { sourceType: job.source.type, source: job.source.name }),
      ...(job.source?.type === 'schedules' ? { schedule: job.source.name } : {}),
      ...(job.source?.planned === undefined ? {} : { planned: job.source.planned }),
      ...(nonce === undefined ? {} : { nonce }),
      attempt: job.attempts,
      started: job.started ?? job.submitted,
      ended: site.now().toISOString(),
      result,
    });
  };
  /** Queues a job that was cut off again, or ends it when its tries are used up. */
  const resubmit = (job: Job): boolean => {
    writeLedger(job, 'interrupted');
    if (job.attempts < site.settings().jobTries) {
      job.state = 'queued';
      delete job.started;
      delete job.engine;
      delete job.engineHost;
      job.log.push('WARN The job was cut off and is submitted again.');
      return true;
    }
    job.state = 'failure';
    job.finished = site.now().toISOString();
    job.statusMessage = 'The job was cut off too often.';
    return false;
  };
  /** Drops the oldest completed jobs; now and then, since it looks at all of them. */
  const forget = (): void => {
    const { keptJobs } = site.settings();
    if (jobs.size <= keptJobs * 1.2) return;
    const done = [...jobs.values()].filter((each) => !OPEN_STATES.includes(each.state));
    for (const each of done.slice(0, Math.max(0, done.length - keptJobs))) jobs.delete(each.id);
  };
  for (const job of jobs.values()) if (job.state === 'running') resubmit(job);
  forget();
  const log = openRecordLog<Job>(path, jobs.values());

  const end = async (job: Job, state: JobState, message: string): Promise<void> => {
    job.state = state;
    job.finished = site.now().toISOString();
    job.statusMessage = message;
    log.append(job);
    await log.flush();
    if (dead) return;
    for (const resolve of waiting.get(job.id) ?? []) resolve(structuredClone(job));
    waiting.delete(job.id);
    for (const listener of listeners) listener(structuredClone(job));
    forget();
  };
  const work = async (job: Job, run: Run, engine: string): Promise<void> => {
    job.state = 'running';
    job.attempts += 1;
    job.started = site.now().toISOString();
    job.engine = engine;
    job.engineHost = site.hostName();
    log.append(job);
    await log.flush();
    const limit = job.maxJobRuntime === undefined ? undefined : job.maxJobRuntime * 1000;
    const timer = limit === undefined ? undefined : setTimeout(() => stopRun(run), limit);
    try {
      await pause(Number(parameter(job, 'DURATION_MS') ?? site.settings().jobMs), run.stop.signal);
      if (site.faults.get('jobsHang') === true) await never(run.stop.signal);
      if (dead || run.stop.signal.aborted) throw new Stopped();
      let outcome: Outcome;
      try {
        outcome = runWorkspace(site, job);
      } catch (cause) {
        outcome = { ok: false, message: String(cause), featuresOutput: 0, log: [`ERROR ${String(cause)}`] };
      }
      // The effect and its ledger line lie in one turn: nothing of this process comes between them.
      writeLedger(job, outcome.ok ? 'success' : 'failure');
      job.featuresOutput = outcome.featuresOutput;
      job.log.push(...outcome.log);
      await end(job, outcome.ok ? 'success' : 'failure', outcome.message);
    } catch (cause) {
      if (!(cause instanceof Stopped)) throw cause;
      if (dead) return;
      if (run.cancelled) {
        writeLedger(job, 'cancelled');
        await end(job, 'cancelled', 'Job cancelled.');
      } else {
        if (resubmit(job)) log.append(job);
        else await end(job, 'failure', job.statusMessage);
      }
    } finally {
      clearTimeout(timer);
    }
  };
  const stopRun = (run: Run): void => {
    run.cancelled = true;
    run.stop.abort();
  };
  const dispatch = (): void => {
    if (dead || !engines.running()) return;
    for (const engine of engines.list()) {
      if (runs.has(engine.name)) continue;
      const job = nextFor(engine.name);
      if (job === undefined) continue;
      const run: Run = { jobId: job.id, stop: new AbortController(), cancelled: false, done: Promise.resolve() };
      runs.set(engine.name, run);
      run.done = work(job, run, engine.name).finally(() => {
        runs.delete(engine.name);
        setImmediate(dispatch);
      });
      run.done.catch((cause: unknown) => {
        if (!dead) console.error('The simulated engine failed:', cause);
      });
    }
  };
  const nextFor = (engine: string): Job | undefined => {
    const busy = new Set([...runs.values()].map((run) => run.jobId));
    const open = [...jobs.values()].filter((job) => job.state === 'queued' && !busy.has(job.id));
    for (const job of open.filter(expired)) {
      end(job, 'failure', 'The job waited too long in its queue.').catch(() => {});
    }
    const served = open.filter((job) => job.state === 'queued' && engines.serves(engine, job.queue));
    return served.sort((a, b) => engines.priority(b.queue) - engines.priority(a.queue) || a.id - b.id)[0];
  };
  const expired = (job: Job): boolean =>
    job.maxTimeInQueue !== undefined && site.now().getTime() - Date.parse(job.submitted) > job.maxTimeInQueue * 1000;

  return {
    async submit(order) {
      last += 1;
      const job: Job = {
        ...structuredClone(order),
        id: last,
        state: 'queued',
        attempts: 0,
        submitted: site.now().toISOString(),
        statusMessage: '',
        featuresOutput: 0,
        log: [],
      };
      jobs.set(job.id, job);
      log.append(job);
      await log.flush();
      setImmediate(dispatch);
      return structuredClone(job);
    },
    get: (id) => structuredClone(jobs.get(id)),
    list: (states) =>
      [...jobs.values()]
        .filter((job) => states === undefined || states.includes(job.state))
        .sort((a, b) => b.id - a.id)
        .map((job) => structuredClone(job)),
    async cancel(id) {
      const job = jobs.get(id);
      if (job === undefined || !OPEN_STATES.includes(job.state)) return false;
      const run = [...runs.values()].find((each) => each.jobId === id);
      if (run === undefined) {
        await end(job, 'cancelled', 'Job cancelled.');
      } else {
        stopRun(run);
        await run.done;
      }
      return true;
    },
    ended(id) {
      const job = jobs.get(id);
      if (job === undefined || !OPEN_STATES.includes(job.state)) return Promise.resolve(structuredClone(job));
      return new Promise((resolve) => waiting.set(id, [...(waiting.get(id) ?? []), resolve]));
    },
    running: () => new Map([...runs].map(([engine, run]) => [engine, run.jobId])),
    dispatch,
    async interrupt() {
      const all = [...runs.values()];
      for (const run of all) run.stop.abort();
      await Promise.all(all.map((run) => run.done.catch(() => {})));
      await log.flush();
    },
    onEnd(listener) {
      listeners.push(listener);
    },
    flush: log.flush,
    async cut() {
      dead = true;
      const all = [...runs.values()];
      for (const run of all) run.stop.abort();
      for (const resolvers of waiting.values()) for (const resolve of resolvers) resolve(undefined);
      await Promise.all([log.cut(), ...all.map((run) => run.done.catch(() => {}))]);
    },
    close: () => log.close(),
  };
}
