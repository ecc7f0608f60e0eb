import { createHash } from 'node:crypto';

/**
 * One item of a tree, as it is compared. Paths and link targets are latin1 strings, one character a byte: names on disk
 * are bytes and need not be UTF-8, and this way plain comparison and concatenation are right.
 */
export type Item =
  | { readonly type: 'directory'; readonly path: string; readonly meta: Meta }
  | {
      readonly type: 'file';
      readonly path: string;
      readonly meta: Meta;
      readonly size: bigint;
      /** SHA-256 of the content, hex. */
      readonly content: string;
    }
  | { readonly type: 'symlink'; readonly path: string; readonly meta: Meta; readonly target: string }
  /** Another name of an item that came before. */
  | { readonly type: 'hardlink'; readonly path: string; readonly target: string }
  | { readonly type: 'fifo'; readonly path: string; readonly meta: Meta }
  | {
      readonly type: 'block' | 'character';
      readonly path: string;
      readonly meta: Meta;
      readonly major: number;
      readonly minor: number;
    };

export interface Meta {
  /** Permission bits, setuid, setgid and sticky included. Of a symlink they mean nothing and are 0. */
  readonly mode: number;
  readonly uid: bigint;
  readonly gid: bigint;
  /** Nanoseconds since 1970; may be negative. */
  readonly mtime: bigint;
}

export const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

/** Half of a SHA-256: nobody attacks it, and an inventory has hundreds of them. */
export const short = (hex: string): string => hex.slice(0, 32);

/** Digest of what a restore must bring back of one item; of a directory, without what is in it. */
export function digestOf(item: Item): string {
  const facts: unknown[] = [item.type];
  if ('meta' in item) facts.push(item.meta.mode, item.meta.uid, item.meta.gid, item.meta.mtime);
  if (item.type === 'file') facts.push(item.size, item.content);
  if ('target' in item) facts.push(item.target);
  if ('major' in item) facts.push(item.major, item.minor);
  return short(sha256(facts.map(String).join('\0')));
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const LONGEST = 100;

/** A path for people and for keys of an inventory: readable, unambiguous and of limited length. */
export function shown(path: string): string {
  const bytes = Buffer.from(path, 'latin1');
  let text: string;
  try {
    text = utf8.decode(bytes).replaceAll('\\', '\\\\');
  } catch {
    text = path.replaceAll('\\', '\\\\').replaceAll(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
  }
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST - 40)}…${sha256(path).slice(0, 12)}…${text.slice(-24)}`;
}
