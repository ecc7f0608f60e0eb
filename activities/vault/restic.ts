import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Secret } from '../../model/config.ts';
import { failure } from '../failure.ts';
import { childEnvironment } from '../run/child-environment.ts';
import type { Child, Children, Ending } from '../run/children.ts';
import { createPace, type Pace } from './pace.ts';
import { credentialsIn, localFolder, type Place, shown } from './place.ts';
import { isHopeless, reasonBehind, reasonOf, resticFailure } from './restic-failure.ts';
import type { VaultWork } from './vault.ts';

export interface ResticCall {
  readonly at: Place;
  /** A second repository that is only read: its chunker parameters, or what is copied. */
  readonly from?: Place;
  readonly args: readonly string[];
  /** The folder it works in: what is named relative to it is stored without its path. */
  readonly cwd?: string;
  /** Completes "could not …". */
  readonly doing: string;
  readonly input?: boolean;
  /** It moves much data: a broken connection is sat out. */
  readonly patient?: boolean;
}

/** What `run` may be told besides. */
export interface RunOptions {
  /** Reports how far it is; by default only that it goes on. */
  readonly pace?: Pace;
  readonly onOutput?: (text: string) => void;
}

export interface RunningRestic {
  readonly child: Child;
  /** Resolves when restic ended with 0; rejects with a typed failure otherwise. */
  readonly done: Promise<void>;
}

export interface Restic {
  /** Starts restic; the caller reads its output. */
  start(work: VaultWork, call: ResticCall): Promise<RunningRestic>;
  /**
   * Runs restic to its end and returns its output. A lock that is in the way is removed if its owner is dead, and waited for
   * a little while otherwise.
   */
  run(work: VaultWork, call: ResticCall, options?: RunOptions): Promise<string>;
  /** Removes locks of processes of this host that are dead, and of those that were not refreshed for half an hour. */
  unlock(work: VaultWork, at: Place): Promise<void>;
  /** What `restic version` says. */
  version(work: VaultWork): Promise<string>;
}

export interface ResticDependencies {
  /** Path of the program. */
  readonly program: string;
  readonly cacheFolder: string;
  readonly children: Children;
  resolve(secret: Secret): Promise<string>;
}

/** Lists and manifests are some hundred kilobytes; more than this is no answer. */
const MOST_OUTPUT = 64 * 1024 * 1024;
const LOCK_TRIES = 8;
const LOCK_PAUSE = 1_000;

/**
 * restic as a child process. Repositories and passwords go by the environment only, also the second repository's
 * (`RESTIC_FROM_…`, from 0.14 on).
 */
export function createRestic({ program, cacheFolder, children, resolve }: ResticDependencies): Restic {
  const settings = async (place: Place): Promise<{ env: Record<string, string>; secrets: string[] }> => {
    const secrets: string[] = [...credentialsIn(place.repository)];
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(place.environment)) {
      env[name] = typeof value === 'string' ? value : await resolve(value);
      if (typeof value !== 'string') secrets.push(env[name] as string);
    }
    return { env, secrets };
  };

  const start = async (work: VaultWork, call: ResticCall): Promise<RunningRestic> => {
    const own = await settings(call.at);
    const password = await resolve(call.at.password);
    const from = call.from && { ...(await settings(call.from)), password: await resolve(call.from.password) };
    if (call.from && from) refuseConflict(call.at, own.env, call.from, from.env);
    const local = [call.at, ...(call.from ? [call.from] : [])].every((place) => localFolder(place.repository));
    const isTooMuch = createHopelessWatch(call.patient ?? false);
    const child = await children.start({
      program,
      // The cache saves round trips; beside a local folder it only takes time and room.
      args: [...call.args, ...(local ? ['--no-cache'] : ['--cleanup-cache'])],
      env: childEnvironment({
        // A larger share of processor time for a smaller heap: repositories of many terabytes stay below the limits.
        GOGC: '50',
        RESTIC_PROGRESS_FPS: '1',
        RESTIC_CACHE_DIR: join(cacheFolder, 'restic'),
        ...from?.env,
        ...own.env,
        RESTIC_REPOSITORY: call.at.repository,
        RESTIC_PASSWORD: password,
        ...(call.from && from
          ? { RESTIC_FROM_REPOSITORY: call.from.repository, RESTIC_FROM_PASSWORD: from.password }
          : {}),
      }),
      signal: work.signal,
      secrets: [...own.secrets, password, ...(from ? [...from.secrets, from.password] : [])],
      // restic removes its lock on an interrupt, and does not save what it has.
      stopSignal: 'SIGINT',
      ...(call.input ? { input: true } : {}),
      ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
      onLine: (line) => {
        if (isTooMuch(line)) child.stop().catch(() => {});
      },
    });
    const done = child.ended.then((ending) => {
      if (ending.code !== 0) throw toFailure(call, ending);
    });
    done.catch(() => {});
    return { child, done };
  };

  const once = async (work: VaultWork, call: ResticCall, options: RunOptions): Promise<string> => {
    const { child, done } = await start(work, call);
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_OUTPUT) chunks.push(chunk);
      options.onOutput?.(chunk.toString('utf8'));
    });
    const closed = new Promise<void>((resolve) => {
      child.stdout.once('close', () => resolve());
    });
    await done;
    await closed;
    if (size > MOST_OUTPUT) throw failure('Refused', `restic wrote more than ${MOST_OUTPUT} bytes to ${call.doing}.`);
    return Buffer.concat(chunks).toString('utf8');
  };

  const unlock = async (work: VaultWork, at: Place): Promise<void> => {
    await once(work, { at, args: ['unlock'], doing: `remove stale locks from ${shown(at)}` }, {});
  };

  const run = async (work: VaultWork, call: ResticCall, options: RunOptions = {}): Promise<string> => {
    const pace = options.pace ?? createPace(work, call.doing);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(work, call, options);
        } catch (error) {
          if (!isLocked(error) || attempt >= LOCK_TRIES) throw error;
          await unlock(work, call.at);
          if (attempt > 1) await delay(LOCK_PAUSE, undefined, { signal: work.signal });
        }
      }
    } finally {
      if (options.pace === undefined) pace.stop();
    }
  };

  return {
    start,
    run,
    unlock,
    async version(work) {
      const child = await children.start({ program, args: ['version'], env: childEnvironment(), signal: work.signal });
      const text: string[] = [];
      child.stdout.on('data', (chunk: Buffer) => text.push(chunk.toString('utf8')));
      const closed = new Promise<void>((resolve) => {
        child.stdout.once('close', () => resolve());
      });
      await child.ended;
      await closed;
      return text.join('').trim();
    },
  };
}

/** Whether it failed because someone else holds a lock. */
export const isLocked = (error: unknown): boolean => reasonBehind(error) === 'locked';

function toFailure(call: ResticCall, ending: Ending): Error {
  const place = meant(call, ending);
  const folder = localFolder(place.repository);
  // A disk that was unmounted in the middle misses everything; that is not damage.
  if (reasonOf(place, ending) === 'damaged' && folder !== undefined && !existsSync(join(folder, 'config'))) {
    return failure(
      'Unavailable',
      `Could not ${call.doing}: ${shown(place)} is not there any more. Is its disk mounted?`,
    );
  }
  return resticFailure(place, call.doing, ending);
}

/** With two repositories restic does not always say which one it means. What is copied is read from the second only. */
function meant({ at, from }: ResticCall, ending: Ending): Place {
  if (from === undefined) return at;
  const named = ending.stderr.includes(from.repository) && !ending.stderr.includes(at.repository);
  return named || reasonOf(from, ending) === 'damaged' ? from : at;
}

/** After three tries that cannot succeed restic is stopped. A single one may be a file that is just being written. */
function createHopelessWatch(patient: boolean): (line: string) => boolean {
  let times = 0;
  return (line) => isHopeless(line, patient) && ++times === 3;
}

/** One process has one environment, so both repositories must be reached with the same settings. */
function refuseConflict(
  at: Place,
  own: Readonly<Record<string, string>>,
  from: Place,
  other: Readonly<Record<string, string>>,
): void {
  const names = conflicts(own, other);
  if (names.length === 0) return;
  throw failure(
    'Refused',
    `${shown(at)} and ${shown(from)} are configured with different values of ${names.join(', ')}, but restic copies with one environment. ` +
      'Give this site a key that may write its own vault and read the other one, under "peer.environment" of the other site\'s vault too.',
  );
}

export const conflicts = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): string[] =>
  Object.keys(one).filter((name) => Object.hasOwn(other, name) && one[name] !== other[name]);

/** Whether a local repository holds a lock, without asking restic; undefined where only restic can tell. */
export function holdsLocks(place: Place): boolean | undefined {
  const folder = localFolder(place.repository);
  if (folder === undefined) return undefined;
  try {
    // A killed restic may also leave a temporary file there, which is no lock.
    return readdirSync(join(folder, 'locks')).some((name) => /^[0-9a-f]{64}$/.test(name));
  } catch {
    return undefined;
  }
}
