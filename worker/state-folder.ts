import { dirname, join, resolve } from 'node:path';

/** Where an embedded Temporal keeps its database, beside the configuration: the same for every command that reads it. */
export const stateFolder = (configFile: string, pair: string): string =>
  join(dirname(resolve(configFile)), '.understudy', pair);

export const databaseIn = (folder: string): string => join(folder, 'temporal.db');
