import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { scrub } from '../config/scrub.ts';
import { failure } from '../failure.ts';
import { createChildRecords } from './child-records.ts';
import { family, kill, startedAt, startedNow, TOKEN_VARIABLE } from './child-table.ts';
import { createTail } from './child-tail.ts';

export interface ChildOptions {
  /** Path or name of the program; never a shell line. */
  readonly program: string;
  readonly args: readonly string[];
  /** All that the child gets, see `childEnvironment`. Secrets go this way only. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder it works in; this worker's own by default. */
  readonly cwd?: string;
  /** Aborting it stops the child with everything it started. */
  readonly signal: AbortSignal;
  /** Values that are removed from what is kept of standard error. */
  readonly secrets?: readonly string[];
  /** What the child is asked to stop with, before it is killed. A program that cleans up on it is asked so. */
  readonly stopSignal?: NodeJS.Signals;
  /** Whether standard input is written; otherwise it is empty. */
  readonly input?: boolean;
  readonly onLine?: (line: string) => void;
}

/** How a child ended. `stderr` are its last lines, scrubbed. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Child {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  /** Resolves whatever the exit code is; rejects with the signal's reason after an abort. */
  readonly ended: Promise<Ending>;
  /** Asks the child to stop, kills it and all it started if it does not, and resolves when it is gone. */
  stop(): Promise<void>;
}

/** A note of a child that someone else starts: pass `environment` on to it. */
export interface Enlisted {
  readonly environment: Readonly<Record<string, string>>;
  started(pid: number): Promise<void>;
  ended(): void;
}

export interface Children {
  start(options: ChildOptions): Promise<Child>;
  /** Notes a child before it is started by other means. */
  enlist(program: string): Promise<Enlisted>;
  /**
   * Kills what workers that are dead left running (the same process by id and start time, with everything it started) and
   * waits until it is gone. Children of workers that live, this one too, are left alone. Returns how many there were.
   * Fails with `Unavailable` if one cannot be killed within ten seconds.
   *
   * On Linux nothing is missed. Elsewhere a process is found through its recorded parent only, so one whose parent is gone
   * already, or that was started in the instant between start and record, is not seen; start times are to the second on
   * macOS, and on Windows the tree is ended by `taskkill /T`.
   */
  endLeftovers(): Promise<number>;
}

/** How long a child that was asked to stop may take before it is killed. */
const GRACE = 3_000;
/** A grandchild may keep standard error open for good; this long is waited for the rest of it. */
const REST = 500;
const KILL_LIMIT = 10_000;

/** Child processes of this worker, each noted in a small file in `folder` for as long as it runs. */
export function createChildren(folder: string): Children {
  const records = createChildRecords(folder);
  const own = new Set<string>();
  let worker: Promise<{ pid: number; started: string }> | undefined;
  const self = () => {
    worker ??= startedAt(process.pid).then((started) => ({ pid: process.pid, started: started ?? 'unknown' }));
    return worker;
  };

  const enlist = async (program: string): Promise<Enlisted & { token: string }> => {
    const note = { token: randomBytes(12).toString('hex'), program, worker: await self() };
    own.add(note.token);
    records.write(note);
    return {
      token: note.token,
      environment: { [TOKEN_VARIABLE]: note.token },
      async started(pid) {
        const at = startedNow(pid);
        records.write(at === undefined ? { ...note, pid } : { ...note, pid, started: at });
        if (at !== undefined) return;
        const later = await startedAt(pid);
        if (later !== undefined && own.has(note.token)) records.write({ ...note, pid, started: later });
      },
      ended() {
        own.delete(note.token);
        records.remove(note.token);
      },
    };
  };

  const start = async (options: ChildOptions): Promise<Child> => {
    options.signal.throwIfAborted();
    const note = await enlist(options.program);
    let child: ChildProcess;
    try {
      child = await spawned(options, note.environment);
    } catch (error) {
      note.ended();
      throw error;
    }
    const pid = child.pid as number;
    // Off Linux the start time takes a while to be told; the child does not wait for that.
    note.started(pid).catch(() => {});
    return watch(child, options, note);
  };

  const endLeftovers = async (): Promise<number> => {
    let ended = 0;
    for (const record of records.all()) {
      if (own.has(record.token)) continue;
      if ((await startedAt(record.worker.pid)) === record.worker.started) continue;
      if (await end({ pid: record.pid, started: record.started, token: record.token }, record.program)) ended++;
      records.remove(record.token);
    }
    return ended;
  };

  return { start, enlist, endLeftovers };
}

/** In a session of its own: no terminal to ask for passwords on, and one signal reaches all of it. */
function spawned(options: ChildOptions, more: Readonly<Record<string, string>>): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string) =>
      reject(
        failure(
          'Refused',
          `"${options.program}" could not be started: ${why}. Install it on this machine, or correct its path.`,
        ),
      );
    try {
      const child = spawn(options.program, options.args, {
        env: { ...options.env, ...more },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        stdio: [options.input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
      // A child that ends before it has read all of its input is told by its exit code.
      child.stdin?.on('error', () => {});
      child.on('error', (error: NodeJS.ErrnoException) => {
        refuse(error.code === 'ENOENT' ? 'there is no such program' : (error.code ?? 'it is not known why'));
      });
      if (child.pid !== undefined) resolve(child);
    } catch {
      // Node's own message would quote arguments and environment.
      refuse('its path, arguments or environment are not valid');
    }
  });
}

function watch(child: ChildProcess, options: ChildOptions, note: Enlisted & { token: string }): Child {
  const pid = child.pid as number;
  const started = startedNow(pid);
  const tail = createTail(child.stderr as Readable, options.onLine);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (process.platform !== 'win32') {
        child.kill(options.stopSignal ?? 'SIGTERM');
        await Promise.race([exited, delay(GRACE, undefined, { ref: false })]);
        killGroup(pid);
      }
      await end({ pid, started: started ?? (await startedAt(pid)), token: note.token }, options.program);
      await exited;
    })();
    return stopping;
  };

  const abort = () => {
    stop().catch(() => {});
  };
  options.signal.addEventListener('abort', abort, { once: true });
  if (options.signal.aborted) abort();

  const ended = (async (): Promise<Ending> => {
    const { code, signal } = await exited;
    await tail.ended(REST);
    await stopping?.catch(() => {});
    note.ended();
    options.signal.removeEventListener('abort', abort);
    if (options.signal.aborted) throw options.signal.reason;
    return { code, signal, stderr: scrub(tail.text(), options.secrets ?? []) };
  })();
  // Whoever reads the output first asks for the end later.
  ended.catch(() => {});
  return { pid, stdin: child.stdin, stdout: child.stdout as Readable, ended, stop };
}

/** What a child left behind in its group goes with it: it was told to stop. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}

/** Kills a child's whole family again and again until none of it is left: it may have started more meanwhile. */
async function end(child: Parameters<typeof family>[0], program: string): Promise<boolean> {
  const deadline = Date.now() + KILL_LIMIT;
  let found = false;
  for (;;) {
    const alive = await family(child);
    if (alive.length === 0) return found;
    found = true;
    if (Date.now() > deadline)
      throw failure(
        'Unavailable',
        `"${program}" was left running by a worker that is gone, and could not be killed (processes ${alive.join(', ')}). End them, or restart this machine.`,
      );
    await kill(alive);
    await delay(20);
  }
}
