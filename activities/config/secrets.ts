import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Secret } from '../../model/config.ts';
import { failure } from '../failure.ts';

/** How long a `{ command: … }` may take before it is killed. */
const COMMAND_TIMEOUT = 15_000;
/** More than any password or key; what is longer is not a secret but a mistake. */
const MAX_BYTES = 64 * 1024;

/** Where a secret is found, for messages. Arguments of a command are left out: they may hold one themselves. */
export function whereIs(secret: Secret): string {
  if ('env' in secret) return `environment variable ${secret.env}`;
  if ('file' in secret) return `file ${secret.file}`;
  return `program ${secret.command[0]}`;
}

/** What gives it, as it is typed in a shell. */
export function remedyFor(secret: Secret): string {
  if ('env' in secret) return `export ${secret.env}="…"`;
  return 'file' in secret ? `install -m 600 /dev/stdin ${secret.file}` : `${secret.command[0]} …`;
}

/**
 * The secret itself, read anew at each call so that a rotated one is taken up. Fails with `Refused` where the reference
 * leads nowhere, and with `Unavailable` where its program failed or took too long; no message ever holds what was read.
 */
export async function resolveSecret(secret: Secret, options: { readonly timeout?: number } = {}): Promise<string> {
  const value = await read(secret, options.timeout ?? COMMAND_TIMEOUT);
  if (value === '') throw failure('Refused', `the secret is empty: ${whereIs(secret)}`);
  return value;
}

/**
 * An environment for a child process, its references resolved. Fails as `resolveSecret` does.
 * What the child inherits besides is the caller's choice.
 */
export async function resolveEnvironment(
  environment: Readonly<Record<string, string | Secret>> | undefined,
): Promise<Record<string, string>> {
  const entries = Object.entries(environment ?? {}).map(
    async ([name, value]) => [name, typeof value === 'string' ? value : await resolveSecret(value)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Why a file that holds a secret is too open, or undefined. Windows has no such bits: nothing is said there. */
export async function tooOpen(secret: Secret): Promise<string | undefined> {
  if (!('file' in secret) || process.platform === 'win32') return undefined;
  const found = await stat(secret.file).catch(() => undefined);
  if (found === undefined || (found.mode & 0o004) === 0) return undefined;
  return `${secret.file} can be read by every user of this machine; restrict it: chmod 600 ${secret.file}`;
}

function read(secret: Secret, timeout: number): Promise<string> | string {
  if ('env' in secret) return readVariable(secret.env);
  if ('file' in secret) return readSecretFile(secret.file);
  return runForSecret(secret.command, timeout);
}

function readVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw failure('Refused', `the environment variable ${name} is not set; set it for this process`);
  }
  return value;
}

async function readSecretFile(file: string): Promise<string> {
  try {
    const size = (await stat(file)).size;
    if (size > MAX_BYTES) throw failure('Refused', `${file} is too large for a secret: ${size} bytes`);
    return withoutLastNewline(await readFile(file, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw failure('Refused', `the secret's file ${file} cannot be read: ${code}`);
  }
}

const withoutLastNewline = (text: string): string => text.replace(/\r?\n$/, '');

/** What the program prints. Its errors are not passed on: they may quote the secret. */
function runForSecret(command: readonly string[], timeout: number): Promise<string> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = start(program, args);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (type: 'Refused' | 'Unavailable', why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      // A grandchild may keep the pipe open for good.
      child.stdout.destroy();
      reject(failure(type, `the program ${program}, asked for a secret, ${why}; run it by hand to see more`));
    };
    const timer = setTimeout(() => stop('Unavailable', `did not answer within ${timeout} ms`), timeout);
    child.on('error', (error: NodeJS.ErrnoException) => stop('Refused', `could not be started: ${error.code}`));
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BYTES) stop('Refused', 'printed too much for a secret');
    });
    child.on('close', (code, signal) => {
      if (code !== 0) return stop('Unavailable', `ended with ${signal ?? `exit code ${code}`}`);
      clearTimeout(timer);
      resolve(withoutLastNewline(Buffer.concat(chunks).toString('utf8')));
    });
  });
}

function start(program: string, args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  try {
    return spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  } catch {
    // Node's own message would quote the arguments.
    throw failure('Refused', 'the program that a secret is asked from could not be started: its command is not valid');
  }
}
