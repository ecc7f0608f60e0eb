import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from './cache.ts';
import type { Say } from './progress.ts';
import { run } from './run.ts';
import { atLeast, versionIn } from './versions.ts';

/** One place where a program may be had. */
export interface Source {
  /** In the words of the message that lists what was tried: `PATH`, `built by Go`. */
  readonly where: string;
  /** The path of the executable; throws `NotHere` with the reason, or whatever went wrong. */
  readonly get: () => Promise<string>;
}

/** Puts a program into `into`, an empty folder of the cache. Throws `NotHere` where this way does not exist. */
export type Getter = (into: string, say: Say) => Promise<void>;

/** The expected way of a source to say no. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}

/** How a person gets a program by hand, one command a platform. */
export interface Remedy {
  readonly debian: string;
  readonly macos: string;
  readonly windows: string;
}

/** A program that is needed is neither on the machine nor can it be fetched. The message is meant for a person, whole. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing';
  readonly program: string;
  /** What was tried, in order, each with the reason why it gave nothing. */
  readonly tried: readonly string[];

  constructor(program: string, tried: readonly string[], remedy: Remedy, cause?: unknown) {
    super(
      [
        `${program} is needed, was not found and could not be fetched.`,
        'Tried:',
        ...tried.map((line) => `  - ${line}`),
        'Install it, then start again:',
        `  Debian, Ubuntu   ${remedy.debian}`,
        `  macOS            ${remedy.macos}`,
        `  Windows          ${remedy.windows}`,
      ].join('\n'),
      { cause },
    );
    this.program = program;
    this.tried = tried;
  }
}

/**
 * Asks one source after the other and returns the first path.
 * @throws ProgramMissing when none has it; its cause is the last failure that was not a plain `NotHere`
 */
export async function firstFound(program: string, sources: readonly Source[], remedy: Remedy): Promise<string> {
  const tried: string[] = [];
  let cause: unknown;
  for (const { where, get } of sources) {
    try {
      return await get();
    } catch (error) {
      if (!(error instanceof NotHere)) cause = error;
      tried.push(`${where}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new ProgramMissing(program, tried, remedy, cause);
}

/** The first executable file of that name on PATH, as the platform's own shell would find it; `undefined` where none is. */
export async function onPath(
  name: string,
  { env = process.env, platform = process.platform }: Surroundings = {},
): Promise<string | undefined> {
  const windows = platform === 'win32';
  const folders = (env.PATH ?? env.Path ?? '').split(windows ? ';' : ':');
  const endings = windows ? (env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';') : [''];
  for (const folder of folders) {
    if (folder === '') continue;
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

export interface OnPathAtLeast {
  readonly name: string;
  readonly versionArgs: readonly string[];
  readonly oldest: string;
  readonly surroundings?: Surroundings;
}

/** The program of that name on PATH, if it is not too old. @throws NotHere */
export async function onPathAtLeast({ name, versionArgs, oldest, surroundings }: OnPathAtLeast): Promise<string> {
  const path = await onPath(name, surroundings);
  if (path === undefined) throw new NotHere(`no ${name}`);
  await requireVersion(path, versionArgs, oldest);
  return path;
}

/** @throws NotHere when the program is older than `oldest` or does not start */
export async function requireVersion(path: string, versionArgs: readonly string[], oldest: string): Promise<void> {
  let version: string | undefined;
  try {
    let all = '';
    await run(path, versionArgs, {
      limitMs: 20_000,
      onLine: (line) => {
        all += `${line}\n`;
      },
    });
    version = versionIn(all);
  } catch (cause) {
    throw new NotHere(`${path} does not start`, { cause });
  }
  // A program built from its sources often calls itself 0.0.0; that is its owner's choice, and taken.
  if (version === undefined || version === '0.0.0' || atLeast(version, oldest)) return;
  throw new NotHere(`${path} is version ${version}, older than ${oldest}`);
}
