import { resolve } from 'node:path';
import { type Config, Config as ConfigSchema } from '../../model/config.ts';
import { isDirectory, repositoryFolder } from './addresses.ts';
import { rebuild } from './schema.ts';

/**
 * Makes the paths of a validated configuration whole: relative ones start from the folder of the file. These are state
 * folders, repositories that are directories, directory trees, files of secrets, and programs that are written with `./`
 * or `../`; a program without a slash is looked for in PATH.
 */
export function withWholePaths(config: Config, folder: string): Config {
  return rebuild(ConfigSchema, config, ({ role }, value) => {
    if (role === 'path') return resolve(folder, value as string);
    if (role === 'repository') return wholeRepository(folder, value as string);
    if (role === 'program') return wholeProgram(folder, value as readonly string[]);
    return undefined;
  }) as Config;
}

const wholeRepository = (folder: string, repository: string): string =>
  isDirectory(repository) ? repositoryFolder(folder, repository) : repository;

const wholeProgram = (folder: string, [program = '', ...parameters]: readonly string[]): readonly string[] => [
  /^\.\.?[/\\]/.test(program) ? resolve(folder, program) : program,
  ...parameters,
];
