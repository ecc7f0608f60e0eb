import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../model/names.ts';
import { freePort } from '../../tools/free-port.ts';

export interface DevServer {
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface DevServerOptions {
  readonly cli: string;
  /** For a second start at the same place; a free one otherwise. */
  readonly port?: number;
  /** Kept over a restart where given; in memory otherwise. */
  readonly databaseFile?: string;
}

const START_LIMIT_MS = 60_000;

/** Starts Temporal for tests on loopback, without UI, with our search attributes, and waits until it serves. */
export async function startDevServer({ cli, databaseFile, ...options }: DevServerOptions): Promise<DevServer> {
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    cli,
    [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--log-level', 'error', '--log-format', 'json'],
      // Without it a server with one shard paces each activity to 100 ms.
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
      ...['--dynamic-config-value', 'system.forceSearchAttributesCacheRefreshOnRead=true'],
      ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints = (complaints + chunk).slice(-4000);
  });
  const exited = once(child, 'exit').catch((error) => {
    complaints += String(error);
  });
  const killNow = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killNow);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killNow);
    child.kill('SIGTERM');
    // A server in memory has nothing to save, and must not hold up the end of a run.
    await Promise.race([exited, sleep(3000)]);
    killNow();
    await exited;
  };

  try {
    await untilItServes(address, () => child.exitCode === null && child.pid !== undefined);
  } catch (cause) {
    await stop();
    throw new Error(`${cli} did not serve on ${address}: ${complaints || 'it wrote nothing'}`, { cause });
  }
  return { address, pid: child.pid as number, stop };
}

async function untilItServes(address: string, alive: () => boolean): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (!alive() || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
