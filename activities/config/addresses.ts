import { resolve, sep } from 'node:path';

/** restic's kinds of repository that are reached by name; anything else is a directory. */
const REMOTE = /^(sftp|s3|rest|azure|gs|swift|b2|rclone|opendal):/;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Host and port of an http address, as far as they tell two installations apart: `HTTPS://FME.example.com./x` is
 * `fme.example.com:443`. Undefined for anything that is no address.
 */
export function hostAndPort(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, hostname, port } = new URL(address);
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return `${LOOPBACK.has(host) ? 'localhost' : host}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

/** Whether a restic repository is a directory of this machine. */
export const isDirectory = (repository: string): boolean => !REMOTE.test(repository);

/** A repository's directory, whole. `folder` is what relative ones start from. */
export const repositoryFolder = (folder: string, repository: string): string =>
  resolve(folder, repository.replace(/^local:/, ''));

/** Tells two repositories apart. */
export function repositoryKey(folder: string, repository: string): string {
  if (isDirectory(repository)) return folderKey(folder, repository.replace(/^local:/, ''));
  return repository.replace(/\/+$/, '');
}

/** Tells two folders apart, as the file systems of Windows and macOS usually do. */
export function folderKey(folder: string, path: string): string {
  const whole = resolve(folder, path);
  return process.platform === 'win32' || process.platform === 'darwin' ? whole.toLowerCase() : whole;
}

/** Whether the second folder is the first, or lies in it. Both as from `folderKey`. */
export const contains = (outer: string, inner: string): boolean =>
  inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
