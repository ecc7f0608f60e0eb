import { type FileHandle, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import locks from 'fs-native-extensions';

/** What stands beside the database of an embedded Temporal while it runs: who runs it, and where it listens. */
export interface RunningTemporal {
  /** The process that keeps it up, and the server itself. */
  readonly keeper: number;
  readonly server: number;
  readonly address: string;
  readonly ui: string;
  readonly namespace: string;
}

/** Another process already keeps a Temporal up on this database. */
export class TemporalInUse extends Error {
  override readonly name = 'TemporalInUse';
  readonly running: RunningTemporal | undefined;
  constructor(database: string, running: RunningTemporal | undefined) {
    const where = running ? `: process ${running.keeper}, ${running.address}, ${running.ui}` : '';
    super(`a Temporal already runs on ${database}${where}`);
    this.running = running;
  }
}

/** The newest note about this database, or undefined. Says nothing about whether it still runs. */
export async function readNote(database: string): Promise<RunningTemporal | undefined> {
  try {
    return JSON.parse(await readFile(noteFile(database), 'utf8'));
  } catch {
    return undefined;
  }
}

export const writeNote = (database: string, note: RunningTemporal): Promise<void> =>
  writeFile(noteFile(database), `${JSON.stringify(note)}\n`);

/** Who only looks whether a Temporal runs holds the lock for a moment; nobody is refused or stopped for that. */
const GLANCES = 3;

/** The Temporal that runs on this database now, or undefined. */
export async function runningTemporal(database: string): Promise<RunningTemporal | undefined> {
  const lock = await open(lockFile(database), 'r+').catch(() => undefined);
  try {
    return lock === undefined || locks.tryLock(lock.fd) ? undefined : await readNote(database);
  } finally {
    await lock?.close();
  }
}

/**
 * The lock that allows one server per database file. The server inherits its descriptor, so it is held as long as either
 * lives: a server whose keeper was killed is found here, and stopped, before another opens the same file.
 * @throws TemporalInUse while the keeper of the other one lives.
 */
export async function lockDatabase(database: string): Promise<FileHandle> {
  await mkdir(dirname(database), { recursive: true });
  const lock = await open(lockFile(database), 'a+');
  try {
    for (let attempt = 0; !locks.tryLock(lock.fd); attempt++) {
      await sleep(100);
      if (attempt < GLANCES) continue;
      const note = await readNote(database);
      if (note === undefined || alive(note.keeper) || attempt > 100) throw new TemporalInUse(database, note);
      stopOrphan(note.server, attempt);
    }
    return lock;
  } catch (error) {
    await lock.close();
    throw error;
  }
}

function stopOrphan(pid: number, attempt: number): void {
  try {
    process.kill(pid, attempt < 50 ? 'SIGTERM' : 'SIGKILL');
  } catch {
    // Already gone: the lock follows.
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const lockFile = (database: string): string => `${database}.lock`;
const noteFile = (database: string): string => `${database}.running.json`;
