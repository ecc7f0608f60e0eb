import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { packageRoot } from '../../tools/package-root.ts';

const ROOT = packageRoot();
const DIST = join(ROOT, 'dist', 'demo', 'simulator');
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function newest(folder: string, ending: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  return Math.max(0, ...names.map((name) => statSync(join(folder, name)).mtimeMs));
}

/** Compiles the sources when they are newer than what was built from them; `npm test` has just done so. */
export function ensureBuilt(): void {
  try {
    if (newest(join(ROOT, 'demo', 'simulator'), '.ts') <= newest(DIST, '.js')) return;
  } catch {
    // Nothing was built yet.
  }
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT });
}

export interface Machine {
  url: string;
  pid: number;
  /** Cuts its power. */
  kill(): Promise<void>;
}

/** Starts the machine of a site as a process of its own, on what its folder holds. */
export async function startMachine(site: string, state: string, ...more: string[]): Promise<Machine> {
  const args = [join(DIST, 'main.js'), '--site', site, '--state', state, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The machine ended with code ${code} before it served.`)));
  });
  const { url, pid } = JSON.parse(line) as { url: string; pid: number };
  return {
    url,
    pid,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs the services command as a program. */
export async function servicesCommand(state: string, verb: string, service: string) {
  try {
    const args = [join(DIST, 'services.js'), verb, service, '--state', state];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return { code: 0, json: JSON.parse(stdout) as Record<string, unknown>, error: '' };
  } catch (cause) {
    const { code, stderr } = cause as { code: number; stderr: string };
    return { code, json: {}, error: stderr };
  }
}
