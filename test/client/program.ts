import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../tools/package-root.ts';

const MAIN = join(packageRoot(), 'dist', 'client', 'main.js');

export interface Program {
  readonly process: ChildProcess;
  /** All that it has written on standard error so far. */
  err(): string;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly out: string;
  }>;
}

/** Starts the built program as a user would, in `folder`. `npm test` builds it first. */
export function startProgram(folder: string, argv: readonly string[], env: NodeJS.ProcessEnv): Program {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: npm run build`);
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Awaited<Program['ended']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, out }));
  });
  return { process: child, err: () => err, ended };
}
