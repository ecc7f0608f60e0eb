import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureTemporalCli } from '../tools/programs.ts';
import type { Say } from '../tools/progress.ts';
import { serves } from './serves.ts';
import { databaseIn } from './state-folder.ts';
import { temporalArguments } from './temporal-arguments.ts';
import { lockDatabase, writeNote } from './temporal-lock.ts';
import { reservePorts } from './temporal-ports.ts';

export interface EmbeddedTemporalOptions {
  /** Folder of the database file and the server's log. */
  readonly folder: string;
  readonly port?: number;
  readonly uiPort?: number;
  readonly namespace?: string;
  /** Path of the Temporal CLI; got when left out. */
  readonly cli?: string;
  readonly say: Say;
}

export interface EmbeddedTemporal {
  readonly address: string;
  readonly ui: string;
  readonly namespace: string;
  readonly database: string;
  /** Of the server that runs now; another one after each restart. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** A cold start on a loaded machine takes a few seconds; the first one also makes the database. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const LOG_LINES = 8;

/**
 * Keeps one Temporal server up on the database in `folder` until `stop`: it is started anew whenever it dies. Resolves
 * when it serves.
 * @throws TemporalInUse while another process keeps one up on the same database; Error with the end of its log if it
 * does not come up.
 */
export async function startTemporal(options: EmbeddedTemporalOptions): Promise<EmbeddedTemporal> {
  const { folder, say, namespace = 'default' } = options;
  const database = databaseIn(folder);
  const logFile = join(folder, 'temporal.log');
  const cli = options.cli ?? (await ensureTemporalCli({ say }));
  const lock = await lockDatabase(database);

  const ports = await reservePorts(options).catch(async (error) => {
    await lock.close();
    throw error;
  });
  const held = [lock, ...ports.locks];
  const letGo = () => Promise.all(held.map((each) => each.close().catch(() => {})));
  const address = `127.0.0.1:${ports.port}`;
  const ui = `http://127.0.0.1:${ports.uiPort}`;
  let stopping = false;

  const launchServer = async (): Promise<ChildProcess> => {
    const log = await open(logFile, 'a');
    try {
      const server = launch(cli, temporalArguments(database, namespace, ports), log, held);
      await new Promise<void>((resolve, reject) => server.once('spawn', resolve).once('error', reject));
      await writeNote(database, { keeper: process.pid, server: server.pid ?? 0, address, ui, namespace });
      return server;
    } finally {
      await log.close();
    }
  };

  let server: ChildProcess | undefined;
  const keepUp = async (): Promise<void> => {
    while (!stopping) {
      if (server) await ended(server);
      if (stopping) break;
      say(`Temporal ended (${server ? howEnded(server) : 'not started'}); starting it again`);
      // Long enough not to spin when it cannot start at all, short beside the time it takes to start.
      await sleep(500);
      server = await launchServer().catch((error) => {
        say(`Temporal could not be started: ${error}`);
        return undefined;
      });
    }
    if (server) await end(server);
  };

  // An end of this process that nobody asked for must not leave the server behind.
  const killNow = (): void => void server?.kill('SIGTERM');
  process.once('exit', killNow);
  try {
    server = await launchServer();
    const answered = await serves(address, namespace, START_LIMIT_MS, () => gone(server));
    // Another program's server may answer where ours could not listen.
    if (!answered || gone(server)) {
      throw new Error(`Temporal did not come up on ${address}; the end of ${logFile}:\n${await tail(logFile)}`);
    }
  } catch (error) {
    if (server) await end(server);
    process.removeListener('exit', killNow);
    await letGo();
    throw error;
  }
  const kept = keepUp();
  const stop = async (): Promise<void> => {
    stopping = true;
    if (server) await end(server);
    await kept;
    process.removeListener('exit', killNow);
    await letGo();
  };
  return { address, ui, namespace, database, pid: () => server?.pid, stop };
}

/** Its own process group: Ctrl-C in a terminal must reach the workers first and the server last. */
function launch(cli: string, args: readonly string[], log: FileHandle, held: readonly FileHandle[]): ChildProcess {
  const stdio = ['ignore' as const, log.fd, log.fd, ...held.map(({ fd }) => fd)];
  return spawn(cli, args, { stdio, detached: true, windowsHide: true });
}

const gone = (child: ChildProcess | undefined): boolean =>
  child === undefined || child.exitCode !== null || child.signalCode !== null;

const howEnded = (child: ChildProcess): string => child.signalCode ?? `exit code ${child.exitCode}`;

const ended = (child: ChildProcess): Promise<void> =>
  gone(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', () => resolve()));

async function end(child: ChildProcess): Promise<void> {
  if (gone(child)) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  child.kill('SIGTERM');
  await ended(child);
  clearTimeout(timer);
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
}
