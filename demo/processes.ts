import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../tools/package-root.ts';

/** One process of the scene. Its output goes to a log; the first line of JSON on its standard output can be waited for. */
export interface Actor {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** The first line that is a JSON object. */
  hello<T>(): Promise<T>;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Kills and does not wait. */
  killNow(): void;
}

/** The program's own compiled files, whether the scene itself runs from dist/ or not. */
export const compiled = (path: string): string => join(packageRoot(), 'dist', path);

export interface Cast {
  start(name: string, script: string, args: readonly string[], environment?: Readonly<Record<string, string>>): Actor;
  /** Stops everything that still runs, all at once: one that hangs keeps nobody else waiting. */
  dismiss(): Promise<void>;
}

export function createCast(folder: string): Cast {
  const actors: Actor[] = [];
  mkdirSync(folder, { recursive: true });
  // An end that nobody asked for must not leave them behind.
  const killNow = (): void => {
    for (const actor of actors) actor.killNow();
  };
  process.once('exit', killNow);
  return {
    start(name, script, args, environment = {}) {
      const actor = startActor(join(folder, `${name}.log`), name, [compiled(script), ...args], environment);
      actors.push(actor);
      return actor;
    },
    async dismiss() {
      await Promise.all(actors.map((actor) => actor.stop()));
      process.removeListener('exit', killNow);
    },
  };
}

const PATIENCE_MS = 30_000;

function startActor(
  log: string,
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Actor {
  mkdirSync(dirname(log), { recursive: true });
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const file = createWriteStream(log, { flags: 'a' });
  child.stderr?.pipe(file, { end: false });
  const first = firstJson(child, name, log, (line) => file.write(`${line}\n`));
  first.catch(() => undefined);
  const gone = new Promise<void>((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once('exit', () => done());
  });
  return {
    name,
    pid: child.pid ?? 0,
    log,
    hello: <T>() => first as Promise<T>,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    killNow: () => void child.kill('SIGKILL'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(late);
    },
  };
}

function firstJson(child: ChildProcess, name: string, log: string, keep: (line: string) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${name} did not say that it serves within 30 s; its log is ${log}`)),
      PATIENCE_MS,
    );
    late.unref();
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}; its log is ${log}`)));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line);
      if (!line.startsWith('{')) return;
      clearTimeout(late);
      resolve(JSON.parse(line));
    });
  });
}
