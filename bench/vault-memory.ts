import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type PeakMemory, watchMemory } from './memory.ts';

export interface VaultMemory extends PeakMemory {
  readonly gb: number;
  /** Seconds of each step: create, store, seal, pull, verify, read. */
  readonly seconds: Readonly<Record<string, number>>;
}

/**
 * Sends one incompressible artefact of `gb` (1,000,000,000 bytes) from vault to vault and back out, in a worker process of its
 * own, and measures the peak memory of that process and of its tree. Needs twice the size on the disk of `folder`.
 */
export async function measureVaultMemory(options: {
  readonly restic: string;
  readonly gb: number;
  /** A scratch folder is made in it; the system's temporary folder by default. */
  readonly folder?: string;
  /** The compiled `vault-memory-worker`; the one beside this file by default. */
  readonly worker?: string;
}): Promise<VaultMemory> {
  const worker = options.worker ?? fileURLToPath(new URL('./vault-memory-worker.js', import.meta.url));
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'vault-memory-'));
  try {
    const bytes = String(Math.round(options.gb * 1e9));
    const child = spawn(process.execPath, [worker, options.restic, folder, bytes], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const watch = watchMemory(child.pid as number);
    const exited = once(child, 'exit');
    const seconds: Record<string, number> = {};
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as { step: string; seconds: number };
      seconds[said.step] = Math.round(said.seconds * 100) / 100;
    }
    const peak = watch.stop();
    const [code] = await exited;
    if (code !== 0) throw new Error(`the measured worker ended with ${code}`);
    return { gb: options.gb, ...peak, seconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
