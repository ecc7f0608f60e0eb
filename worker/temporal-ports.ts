import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import locks from 'fs-native-extensions';
import { cacheRoot } from '../tools/cache.ts';
import { freePort } from '../tools/free-port.ts';
import type { TemporalPorts } from './temporal-arguments.ts';

/** Temporal's own defaults, so that its tools find the server without a setting. */
const USUAL: TemporalPorts = { port: 7233, uiPort: 8233 };
const ATTEMPTS = 20;
/** A server that was just told to end on the same database lets go of that first, and of its ports a moment later. */
const USUAL_WAIT_MS = 300;
const ASKED_WAIT_MS = 3_000;

/** Ports that no other Understudy of this user takes while the locks are held, also while nothing listens there. */
export interface ReservedPorts extends TemporalPorts {
  readonly locks: readonly FileHandle[];
}

/**
 * The ports that were asked for, as they are; else the usual ones where they are free; else free ones. Reserved, since a
 * server that starts, or starts anew, listens a while after its port was found free: two pairs that came up together met
 * in the one server that was faster.
 * @throws Error for an asked one that is taken: another server would answer there in the place of ours
 */
export async function reservePorts(asked: Partial<TemporalPorts>): Promise<ReservedPorts> {
  const port = await reserve(asked.port, USUAL.port);
  try {
    const ui = await reserve(asked.uiPort, USUAL.uiPort);
    return { port: port.number, uiPort: ui.number, locks: [...port.locks, ...ui.locks] };
  } catch (error) {
    for (const lock of port.locks) await lock.close();
    throw error;
  }
}

interface Reserved {
  readonly number: number;
  readonly locks: readonly FileHandle[];
}

async function reserve(asked: number | undefined, usual: number): Promise<Reserved> {
  const until = Date.now() + (asked === undefined ? USUAL_WAIT_MS : ASKED_WAIT_MS);
  for (;;) {
    const first = await tryToReserve(asked ?? usual);
    if (first) return first;
    if (Date.now() > until) break;
    await sleep(50);
  }
  if (asked !== undefined) {
    throw new Error(`port ${asked} of 127.0.0.1 is taken by another program; end that one, or choose another port`);
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const other = await tryToReserve(await freePort());
    if (other) return other;
  }
  throw new Error(`no free port was found on 127.0.0.1, in ${ATTEMPTS} attempts`);
}

async function tryToReserve(number: number): Promise<Reserved | undefined> {
  const lock = await openLock(number);
  if ((lock === undefined || locks.tryLock(lock.fd)) && (await isFree(number))) {
    return { number, locks: lock ? [lock] : [] };
  }
  await lock?.close();
  return undefined;
}

/** Undefined in a home that cannot be written to: who listens first has the port. */
async function openLock(port: number): Promise<FileHandle | undefined> {
  const folder = join(cacheRoot(), 'ports');
  try {
    await mkdir(folder, { recursive: true });
    return await open(join(folder, `${port}.lock`), 'a+');
  } catch {
    return undefined;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
