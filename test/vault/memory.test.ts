import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { measureVaultMemory } from '../../bench/vault-memory.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { compiled } from './compiled.ts';

let worker: Awaited<ReturnType<typeof compiled>>;
beforeAll(async () => {
  worker = await compiled(join(packageRoot(), 'bench', 'vault-memory-worker.ts'));
});
afterAll(() => worker.remove());

test.runIf(process.platform === 'linux')(
  'an incompressible gigabyte goes from vault to vault and out again in flat memory',
  async () => {
    const measured = await measureVaultMemory({ restic: inject('restic'), gb: 1, worker: worker.program });
    expect(measured.workerMb).toBeLessThan(300);
    expect(measured.treeMb).toBeLessThan(800);
  },
  600_000,
);
