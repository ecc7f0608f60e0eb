import { createHash } from 'node:crypto';

/**
 * Names of our own packages, made from the key of a step: the same step finds its package and task again by it, and
 * cleaning knows by the pattern alone what is ours.
 */

const EXTENSION = '.fsconfig';
const OWN = /^understudy-[a-z0-9-]+-[0-9a-f]{12}-\d+\.fsconfig$/;

/** What all packages of one step begin with. */
export function packagePrefix(key: string): string {
  const words = key
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
    .replaceAll(/-+$/g, '');
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return `understudy-${words === '' ? 'x' : words}-${digest}-`;
}

/** The package of the n-th attempt of a step that is known to have failed n - 1 times. */
export const packageName = (key: string, attempt: number): string => `${packagePrefix(key)}${attempt}${EXTENSION}`;

/** The attempt that a package of this step belongs to; undefined for any other name. */
export function attemptOf(key: string, name: string | undefined): number | undefined {
  const file = baseName(name ?? '');
  const prefix = packagePrefix(key);
  if (!file.startsWith(prefix) || !OWN.test(file)) return undefined;
  return Number(file.slice(prefix.length, -EXTENSION.length));
}

/** Whether a file in a shared resource is a package that we made. */
export const isOwnPackage = (name: string): boolean => OWN.test(name);

const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
