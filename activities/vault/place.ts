import { join } from 'node:path';
import type { Secret, VaultConfig } from '../../model/config.ts';

/** A repository as one worker reaches it. */
export interface Place {
  /** Whose vault it is. */
  readonly site: string;
  readonly repository: string;
  readonly password: Secret;
  readonly environment: Readonly<Record<string, string | Secret>>;
}

export const ownPlace = (site: string, config: VaultConfig): Place => ({
  site,
  repository: config.repository,
  password: config.password,
  environment: config.environment ?? {},
});

/** The peer's vault the way this site reaches it, where the configuration tells a different way. */
export const peerPlace = (site: string, config: VaultConfig): Place => ({
  site,
  repository: config.peer?.repository ?? config.repository,
  password: config.peer?.password ?? config.password,
  environment: config.peer?.environment ?? config.environment ?? {},
});

/** restic's own schemes; anything else is a folder (a Windows path has a colon too). */
const SCHEME = /^(sftp|s3|rest|rclone|b2|azure|gs|swift):/;

/** The folder of a repository that is a local directory. */
export function localFolder(repository: string): string | undefined {
  if (SCHEME.test(repository)) return undefined;
  return repository.replace(/^local:/, '');
}

/** Where one component's packages lie in pieces, beside the vault. */
export const pieceFolder = (cacheFolder: string, component: string): string => join(cacheFolder, 'pieces', component);

/** For messages: without user name and password in an address. */
export const shown = (place: Place): string =>
  `the vault of ${place.site} (${place.repository.replace(/\/\/[^/@]*@/, '//')})`;

/** The user name and password in an address, for scrubbing. */
export function credentialsIn(repository: string): readonly string[] {
  const found = /\/\/([^/@]*)@/.exec(repository)?.[1];
  if (found === undefined) return [];
  const password = found.slice(found.indexOf(':') + 1);
  return password === found ? [] : [password, found];
}
