import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../../model/config.ts';
import type { FailureType } from '../../model/failures.ts';
import { scrub } from '../config/scrub.ts';
import { resolveEnvironment } from '../config/secrets.ts';
import { failure } from '../failure.ts';
import { notStarted } from './batch-file.ts';
import { childEnvironment } from './child-environment.ts';
import type { Children, Enlisted } from './children.ts';
import { secretValues } from './secret-values.ts';

/** More than this on standard output is no answer but a mistake. */
const MOST_OUTPUT = 16 * 1024 * 1024;
/** How long a program that was asked to stop may take before it is killed. */
const GRACE = 5_000;
/** A service that a command has started may keep its output open for ever; this long is waited for the rest. */
const REST = 500;
const TAIL = 4_096;
/** A longer text goes by standard input alone: systems limit the size of an environment. */
const LONGEST_VARIABLE = 1_024;

export interface RunOptions {
  readonly signal: AbortSignal;
  /** What an exit code other than 0 means. By default the program may be tried again. */
  readonly exits?: (code: number | null) => FailureType;
  /** Milliseconds; instead of the command's own `timeout`. */
  readonly timeout?: number;
  /** Where the program is noted while it runs, so that the successor of a dead worker ends it. */
  readonly children?: Pick<Children, 'enlist'>;
}

/** A running program. Await `ended`: it rejects with a typed failure unless the program exits with 0. */
export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly ended: Promise<void>;
  /** Removes the values of the command's secrets. */
  scrub(text: string): string;
}

/** Stops the program with everything it started; it is gone when its `exit` was seen. */
function stop(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on('error', () => {
      child.kill();
    });
    return;
  }
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // Already gone.
    }
  };
  send('SIGTERM');
  const timer = setTimeout(() => send('SIGKILL'), GRACE);
  child.once('exit', () => {
    clearTimeout(timer);
    // What the program left behind in its group goes with it: it was told to stop.
    send('SIGKILL');
  });
}

function start(
  program: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv,
  note: Enlisted | undefined,
): ChildProcessWithoutNullStreams {
  try {
    return spawn(program, parameters, {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
  } catch (error) {
    note?.ended();
    // Node's own message would quote arguments and environment.
    throw failure('Refused', notStarted(program, (error as NodeJS.ErrnoException).code, process.platform));
  }
}

const described = (code: number | null, signal: NodeJS.Signals | null): string =>
  code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`;

/**
 * Starts a program without a shell, in a process group of its own. Secrets are resolved now, into the child's environment
 * alone; of ours it gets what `childEnvironment` lets through. Aborting, or the timeout, stops the whole group. Errors: `Refused` if it cannot be started, `Unavailable` after a
 * timeout, what `exits` says after another exit code than 0; with the last lines of standard error, scrubbed of secrets.
 */
export async function startCommand(
  command: Command,
  environment: Readonly<Record<string, string>>,
  options: RunOptions,
): Promise<Running> {
  const [program = '', ...parameters] = command.command;
  const resolved = await resolveEnvironment(command.environment);
  const secrets = secretValues(command.environment, resolved);
  options.signal.throwIfAborted();

  const note = await options.children?.enlist(program);
  const child = start(
    program,
    parameters,
    childEnvironment({ ...environment, ...resolved, ...note?.environment }),
    note,
  );
  if (child.pid !== undefined) note?.started(child.pid).catch(() => {});
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-TAIL);
  });
  // A program may end, or close its input, before it has read all of it: its exit code tells.
  child.stdin.on('error', () => {});

  const timeout = options.timeout ?? command.timeout;
  const saying = (): string => {
    const lines = scrub(tail, secrets).trim().split('\n').slice(-8).join('\n');
    return lines === '' ? '. It wrote nothing to standard error' : `. It wrote:\n${lines}`;
  };

  const ended = new Promise<void>((resolve, reject) => {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      stop(child);
    }, timeout);
    const abort = () => stop(child);
    options.signal.addEventListener('abort', abort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', abort);
      note?.ended();
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      settle();
      const says =
        error.code === 'ENOENT' || error.code === 'EINVAL'
          ? notStarted(program, error.code, process.platform)
          : `"${program}" could not be started: ${error.code ?? error.message}. Install it on this machine, or correct its path.`;
      reject(failure('Refused', says, error));
    });
    child.once('exit', (code, signal) => {
      settle();
      const result = () => {
        if (options.signal.aborted) reject(options.signal.reason);
        else if (over)
          reject(
            failure('Unavailable', `"${program}" did not end within ${timeout / 1000} s and was stopped${saying()}`),
          );
        else if (code !== 0) {
          const type = options.exits?.(code) ?? 'Unavailable';
          reject(failure(type, `"${program}" ${described(code, signal)}${saying()}`, undefined, { code }));
        } else resolve();
      };
      // The last words may still be in the pipe when the exit is seen.
      if (child.stderr.readableEnded) result();
      else {
        const rest = setTimeout(() => {
          child.stderr.destroy();
          result();
        }, REST);
        child.stderr.once('end', () => {
          clearTimeout(rest);
          result();
        });
      }
    });
  });
  // Whoever reads the output first and asks for the end later must not be hit by an unhandled rejection in between.
  ended.catch(() => {});
  return { stdin: child.stdin, stdout: child.stdout, ended, scrub: (text) => scrub(text, secrets) };
}

/** The string fields of a request, for programs to which JSON is a burden: `{to: 'dc2'}` → `UNDERSTUDY_TO=dc2`. */
export function requestEnvironment(input: unknown): Record<string, string> {
  if (typeof input !== 'object' || input === null) return {};
  return Object.fromEntries(
    Object.entries(input)
      .filter(
        (entry): entry is [string, string] =>
          typeof entry[1] === 'string' && entry[1].length <= LONGEST_VARIABLE && !entry[1].includes('\0'),
      )
      .map(([key, value]) => [`UNDERSTUDY_${key.replaceAll(/[^a-z0-9]/gi, '_').toUpperCase()}`, value]),
  );
}

/**
 * Runs a program to its end: `input` as JSON on standard input, its string fields also as `UNDERSTUDY_…` variables.
 * Returns what it wrote to standard output (at most 16 MB), scrubbed of its secrets. Errors as `startCommand`.
 */
export async function runCommand(command: Command, input: unknown, options: RunOptions): Promise<{ stdout: string }> {
  const running = await startCommand(command, requestEnvironment(input), options);
  const chunks: Buffer[] = [];
  let size = 0;
  running.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MOST_OUTPUT) chunks.push(chunk);
  });
  const closed = new Promise<void>((resolve) => {
    running.stdout.once('close', resolve);
  });
  running.stdin.end(`${JSON.stringify(input ?? null)}\n`);
  await running.ended;
  await Promise.race([closed, delay(REST, undefined, { ref: false })]);
  running.stdout.destroy();
  if (size > MOST_OUTPUT)
    throw failure('Refused', `"${command.command[0]}" wrote more than ${MOST_OUTPUT} bytes to standard output.`);
  return { stdout: running.scrub(Buffer.concat(chunks).toString('utf8')) };
}
