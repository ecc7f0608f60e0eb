import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Scene } from '../demo/scene.ts';
import { packageRoot } from '../tools/package-root.ts';
import { ensureRestic } from '../tools/programs.ts';
import type { CountingServer } from './counting-server.ts';

/** The administrator's script, ready to run. */
export interface AdminScript {
  /** Where it leaves the last package. */
  readonly package: string;
  /** Milliseconds of each step. */
  run(): Promise<Record<string, number>>;
}

/** Gives the script vaults of its own, made with the same restic, the same options and the same chunker parameters. */
export async function prepareScript(scene: Scene, server: CountingServer): Promise<AdminScript> {
  const folder = join(scene.folder, 'script');
  await mkdir(folder, { recursive: true });
  const restic = await ensureRestic();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const password = 'only for this measurement';
  const env = {
    ...process.env,
    // As a site worker calls it.
    GOGC: '50',
    RESTIC_PROGRESS_FPS: '1',
    RESTIC_CACHE_DIR: join(folder, 'cache'),
    RESTIC_PASSWORD: password,
    RESTIC: restic,
    WORK: folder,
    FLOW_A: scene.sites.dc1.url,
    FLOW_B: scene.sites.dc2.url,
    FLOW_TOKEN: scene.token,
    VAULT_A: a,
    VAULT_B: b,
    VAULT_A_FROM_B: server.repository('script/a'),
  };
  const call = (program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    promisify(execFile)(program, [...args], { env: { ...env, ...more }, maxBuffer: 1e8 });
  await call(restic, ['-r', a, 'init']);
  const from = { RESTIC_FROM_REPOSITORY: a, RESTIC_FROM_PASSWORD: password };
  await call(restic, ['-r', b, 'init', '--copy-chunker-params'], from);
  return {
    package: join(folder, 'package.fsconfig'),
    async run() {
      const { stdout } = await call('bash', [join(packageRoot(), 'bench', 'admin-sync.sh')]);
      const lines = stdout.trim().split('\n');
      return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name = '', ms]) => [name, Number(ms)]));
    },
  };
}
