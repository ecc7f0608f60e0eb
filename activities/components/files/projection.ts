import { createHash, type Hash } from 'node:crypto';
import type { Projection } from '../../../model/inventory.ts';
import { digestOf, type Item, short, shown } from './item.ts';

/** With keys of at most 100 characters an inventory stays below 100 KB, whatever the size of the tree. */
const MOST = 500;

interface Directory {
  readonly path: string;
  readonly depth: number;
  /** The directory itself and what is directly in it, without subdirectories. */
  readonly own: Hash;
  /** The digests of its subdirectories, with all below them. */
  readonly below: Hash;
  readonly meta: string;
}

interface Line {
  readonly path: string;
  readonly depth: number;
  readonly own: string;
  readonly whole: string;
}

/**
 * Makes the inventory of a tree from its items, which come depth first, a directory before what is in it and names in the
 * order of their bytes. A tree of up to 500 items is listed item by item. Of a larger one the directories are listed, down
 * to the level at which they are still no more than 500; each line of that last level stands for all that is below it.
 * Memory does not grow with the tree.
 */
export function createProjection(): { add(item: Item): void; finish(): Projection } {
  const open: Directory[] = [];
  let items: [string, string][] | null = [];
  let lines: Line[] = [];
  let deepest = Number.POSITIVE_INFINITY;
  let count = 0;
  let bytes = 0n;

  const close = (): void => {
    const directory = open.pop();
    if (!directory) return;
    const own = directory.own.digest('hex');
    const whole = short(createHash('sha256').update(own).update(directory.below.digest()).digest('hex'));
    open.at(-1)?.below.update(`${nameOf(directory.path)}\0${whole}\0`, 'latin1');
    if (directory.depth > deepest) return;
    lines.push({ path: directory.path, depth: directory.depth, own: short(own), whole });
    while (lines.length > MOST) {
      const last = lines.reduce((most, line) => Math.max(most, line.depth), 0);
      deepest = last - 1;
      lines = lines.filter((line) => line.depth <= deepest);
    }
  };

  return {
    add(item) {
      while (open.length > 0 && !contains(open.at(-1)?.path ?? '', item.path)) close();
      const digest = digestOf(item);
      count++;
      if (item.type === 'file') bytes += item.size;
      if (item.type === 'directory') {
        const own = createHash('sha256').update(digest);
        open.push({ path: item.path, depth: open.length, own, below: createHash('sha256'), meta: digest });
      } else {
        open.at(-1)?.own.update(`${nameOf(item.path)}\0${digest}\0`, 'latin1');
      }
      items?.push([item.type === 'directory' ? asDirectory(item.path) : shown(item.path), digest]);
      if (items && items.length > MOST) items = null;
    },

    finish() {
      while (open.length > 0) close();
      const root = lines.find((line) => line.depth === 0);
      // Where the level had to be cut, only its lines stand for what is below them.
      const cut = Number.isFinite(deepest) ? deepest : Number.NaN;
      const listed: [string, string][] = lines.map((line) => [
        asDirectory(line.path),
        line.depth === cut ? line.whole : line.own,
      ]);
      return {
        total: { items: String(count), bytes: String(bytes), digest: root?.whole ?? 'nothing' },
        tree: Object.fromEntries((items ?? listed).sort(([a], [b]) => (a < b ? -1 : 1))),
      };
    },
  };
}

const contains = (directory: string, path: string): boolean =>
  directory === '' ? path !== '' : path.startsWith(`${directory}/`);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const asDirectory = (path: string): string => (path === '' ? './' : `${shown(path)}/`);
