import { createReadStream, existsSync, mkdirSync, type ReadStream, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';

export interface FileEntry {
  /** Path inside the resource with `/` between its parts. */
  path: string;
  name: string;
  type: 'FILE' | 'DIR';
  size: number;
  date: Date;
}

/** The files of shared resources and repositories on the site's disk. */
export interface FileArea {
  /** Absolute path on disk; throws when the path leads out of its root. */
  locate(root: string, path: string): string;
  stat(root: string, path: string): FileEntry | undefined;
  /** Direct children in name order, `undefined` when there is no such folder. */
  children(root: string, path: string): FileEntry[] | undefined;
  /** All files below a root in a stable order. */
  walk(root: string): FileEntry[];
  read(root: string, path: string, range?: { start: number; end: number }): ReadStream;
  makeFolder(root: string, path: string): void;
  remove(root: string, path: string): boolean;
}

/** Gives access to the folders below `base`, one per root. */
export function createFileArea(base: string): FileArea {
  const rootPath = (root: string): string => join(base, encodeURIComponent(root));
  const locate = (root: string, path: string): string => {
    const top = rootPath(root);
    mkdirSync(top, { recursive: true });
    const full = resolve(top, path.replace(/^\/+/, ''));
    if (full !== top && !full.startsWith(top + sep)) throw new Error(`The path "${path}" leads out of "${root}".`);
    return full;
  };
  const entry = (root: string, full: string): FileEntry => {
    const info = statSync(full);
    const path = relative(rootPath(root), full).split(sep).join('/');
    const type = info.isDirectory() ? 'DIR' : 'FILE';
    return { path, name: posix.basename(path), type, size: info.isDirectory() ? 0 : info.size, date: info.mtime };
  };
  const children = (root: string, path: string): FileEntry[] | undefined => {
    const full = locate(root, path);
    if (!existsSync(full) || !statSync(full).isDirectory()) return undefined;
    const names = readdirSync(full).sort();
    return names.map((name) => entry(root, join(full, name)));
  };
  const walk = (root: string, path = ''): FileEntry[] =>
    (children(root, path) ?? []).flatMap((child) => (child.type === 'DIR' ? walk(root, child.path) : [child]));
  return {
    locate,
    stat(root, path) {
      const full = locate(root, path);
      return existsSync(full) ? entry(root, full) : undefined;
    },
    children,
    walk: (root) => walk(root),
    read: (root, path, range) => createReadStream(locate(root, path), range ?? {}),
    makeFolder(root, path) {
      mkdirSync(locate(root, path), { recursive: true });
    },
    remove(root, path) {
      const full = locate(root, path);
      if (!existsSync(full) || full === rootPath(root)) return false;
      rmSync(full, { recursive: true, force: true });
      return true;
    },
  };
}

/** Makes the folder of a file. */
export function makeParent(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
}
