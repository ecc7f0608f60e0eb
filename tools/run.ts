import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called for each line of standard output and error, as it comes. */
  readonly onLine?: (line: string) => void;
  /** The child is killed after this time. */
  readonly limitMs?: number;
}

/** A program could not be started, was killed or ended with a fault; the message carries the last lines it wrote. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
}

const KEPT_LINES = 12;

/**
 * Runs a program without a shell and without standard input, and returns all that it wrote on standard output.
 * @throws RunFailed
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { file, argv, verbatim } = invocation(command, args);
  const child = spawn(file, argv, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    windowsVerbatimArguments: verbatim,
  });
  const written: string[] = [];
  const last: string[] = [];
  const keep = (line: string): void => {
    if (line.trim() !== '') last.push(line);
    if (last.length > KEPT_LINES) last.shift();
    options.onLine?.(line);
  };
  createInterface(child.stdout).on('line', (line) => {
    written.push(line);
    keep(line);
  });
  createInterface(child.stderr).on('line', keep);

  let late = false;
  const timer =
    options.limitMs &&
    setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, options.limitMs);
  try {
    const ending = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
    });
    if (ending === undefined) return written.join('\n');
    const why = late ? `took longer than ${options.limitMs} ms` : `ended with ${ending}`;
    throw new RunFailed([`${command} ${why}`, ...last].join('\n    '));
  } catch (cause) {
    if (cause instanceof RunFailed) throw cause;
    throw new RunFailed(`${command} could not be started: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  } finally {
    clearTimeout(timer || undefined);
  }
}

/** Windows runs batch files (`mvn.cmd`) through its command interpreter only, which has its own rules of quoting. */
function invocation(command: string, args: readonly string[]): { file: string; argv: string[]; verbatim: boolean } {
  if (process.platform !== 'win32' || !/\.(cmd|bat)$/i.test(command))
    return { file: command, argv: [...args], verbatim: false };
  const line = [command, ...args].map((part) => `"${part}"`).join(' ');
  return { file: process.env.ComSpec ?? 'cmd.exe', argv: ['/d', '/s', '/c', `"${line}"`], verbatim: true };
}
