import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { createUnderstudy } from '../client/understudy.ts';
import { compiled, createCast } from '../demo/processes.ts';
import { startTemporal } from '../worker/temporal.ts';
import { watchMemory } from './memory.ts';

/** Peaks in megabytes (1,000,000 bytes) while one artefact of `gb` gigabytes goes through a whole sync. */
export interface SyncMemory {
  readonly gb: number;
  /** `VmHWM` of the worker process that does both sites' and control's part. */
  readonly workerMb: number;
  /** Of that process with all its children. */
  readonly treeMb: number;
  readonly seconds: number;
}

const PAIR = 'large';

/** A real worker process, a real Temporal, real restic: backup, seal, pull, verify, restore, prove. Needs twice the size on disk. */
export async function measureSyncMemory(gb: number, say: (line: string) => void): Promise<SyncMemory> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-memory-'));
  const cast = createCast(join(folder, 'logs'));
  await mkdir(join(folder, 'temporal'));
  const temporal = await startTemporal({ folder: join(folder, 'temporal'), say });
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const config = join(folder, 'understudy.yaml');
    await writeFile(config, stringify(await configuration(folder, Math.round(gb * 1e9))));
    const worker = cast.start('worker', 'client/main.js', ['worker', '--config', config], {
      PASSWORD: 'of the measurement',
      TEMPORAL_ADDRESS: temporal.address,
    });
    const understudy = createUnderstudy({ client: new Client({ connection }), pair: PAIR });
    await understudy.setup();
    const watch = watchMemory(worker.pid);
    const started = performance.now();
    const result = await (await understudy.sync()).result();
    const peak = watch.stop();
    if (result.outcome !== 'synced') throw new Error(`the sync ended as ${result.outcome}: ${result.why}`);
    return { gb, ...peak, seconds: Math.round((performance.now() - started) / 100) / 10 };
  } finally {
    await cast.dismiss();
    await connection.close();
    await temporal.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function configuration(folder: string, bytes: number): Promise<object> {
  const site = async (name: string, source: boolean) => {
    const home = join(folder, name, 'application');
    await mkdir(home, { recursive: true });
    return {
      command: [process.execPath, compiled('bench/large-artefact.js')],
      environment: { HOME_OF_ARTEFACT: home, SIZE: String(bytes), SOURCE: String(source) },
    };
  };
  const place = (name: string) => ({
    state: join(folder, name, 'state'),
    vault: { repository: join(folder, name, 'vault'), password: { env: 'PASSWORD' } },
  });
  return {
    pair: PAIR,
    active: 'a',
    clients: { url: 'http://127.0.0.1:9' },
    sites: { a: place('a'), b: place('b') },
    components: { artefact: { kind: 'command', sites: { a: await site('a', true), b: await site('b', false) } } },
  };
}
