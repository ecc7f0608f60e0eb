import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import type { Command } from '../../model/config.ts';
import type { Finding } from '../../model/finding.ts';
import { insteadOfBatch } from './batch-file.ts';

/** The machine on which a program is looked for. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  isThere(path: string): Promise<boolean>;
}

const HERE: Machine = {
  platform: process.platform,
  env: process.env,
  isThere: (path) =>
    access(path, constants.X_OK).then(
      () => true,
      () => false,
    ),
};

/** What is started without a shell; the other endings of `PATHEXT` belong to shells and interpreters. */
const STARTED = ['.com', '.exe'];
const BATCH = ['.cmd', '.bat'];

/** Where a file is that is named by its path or found in `PATH`, with one of these endings; undefined: nowhere. */
async function find(program: string, endings: readonly string[], machine: Machine): Promise<string | undefined> {
  const windows = machine.platform === 'win32';
  const { delimiter, isAbsolute, join } = windows ? win32 : posix;
  const isPath = isAbsolute(program) || program.includes('/') || program.includes('\\');
  const paths = machine.env.PATH ?? machine.env.Path ?? '';
  const folders = isPath ? [''] : paths.split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders)
    for (const ending of endings) {
      const path = `${isPath ? program : join(folder, program)}${ending}`;
      if (await machine.isThere(path)) return path;
    }
  return undefined;
}

/** For `check`: an error when a configured program is not there to be run, or cannot be started without a shell; it is not run. */
export async function checkProgram(
  topic: string,
  command: Command,
  machine: Machine = HERE,
): Promise<readonly Finding[]> {
  const [program = ''] = command.command;
  const windows = machine.platform === 'win32';
  const ending = win32.extname(program).toLowerCase();
  const batch = windows && BATCH.includes(ending);
  // A bare file without an ending is no program to Windows.
  const started = !windows ? [''] : ending === '' ? STARTED : ['', ...STARTED];
  if (!batch && (await find(program, started, machine)) !== undefined) return [];
  const script = windows ? await find(program, batch ? [''] : BATCH, machine) : undefined;
  if (script !== undefined)
    return [
      {
        level: 'error',
        topic,
        says: `The program ${program} is a batch file (${script}), which cannot be started without a shell.`,
        todo: insteadOfBatch(script),
      },
    ];
  return [
    {
      level: 'error',
      topic,
      says: `The program ${program} is not there, or may not be run by this worker.`,
      todo: 'Install it on this machine, or correct its path.',
    },
  ];
}
