import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Command } from '../../model/config.ts';
import type { Finding } from '../../model/finding.ts';

/** Where a program is that is named by its path or found in `PATH`; undefined: nowhere. */
async function findProgram(program: string): Promise<string | undefined> {
  const isPath = isAbsolute(program) || program.includes('/') || program.includes('\\');
  const folders = isPath ? [''] : (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = process.platform === 'win32' ? ['', ...(process.env.PATHEXT ?? '.EXE').split(';')] : [''];
  for (const folder of folders)
    for (const ending of endings) {
      const path = `${isPath ? program : join(folder, program)}${ending}`;
      const found = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return path;
    }
  return undefined;
}

/** For `check`: an error when a configured program is not there to be run; it is not run. */
export async function checkProgram(topic: string, command: Command): Promise<readonly Finding[]> {
  const [program = ''] = command.command;
  if ((await findProgram(program)) !== undefined) return [];
  return [
    {
      level: 'error',
      topic,
      says: `The program ${program} is not there, or may not be run by this worker.`,
      todo: 'Install it on this machine, or correct its path.',
    },
  ];
}
