import { type BigIntStats, createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Contents } from './walk.ts';

/** A file that changed less than this before it was read may have changed again within one tick of its clock. */
const SETTLED = 1_000;
/** Lines that are written at once. */
const LINES = 500;

const key = (stat: BigIntStats): string => `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
/** Paths compare in the order of the walk when their separator comes before every other byte. */
const order = (path: string): string => path.replaceAll('/', '\0');

/**
 * Digests of contents that an earlier walk has read, in a file with one line a file in the order of the walk, so that old and
 * new lines are merged as they come and memory stays flat. A digest counts for the same device, inode, size, mtime and
 * ctime, which no program can set. A damaged or missing cache only costs time.
 */
export async function openContents(
  file: string,
): Promise<Contents & { finish(): Promise<void>; discard(): Promise<void> }> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
  const output = await open(next, 'wx', 0o600);
  let unwritten: string[] = [];
  const flush = async (): Promise<void> => {
    const text = unwritten.join('');
    unwritten = [];
    await output.write(text);
  };
  const input = createReadStream(file);
  input.on('error', () => {});
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();

  let current: { order: string; key: string; digest: string } | null = null;
  const advance = async (): Promise<boolean> => {
    const line = await lines.next().catch(() => ({ done: true as const, value: undefined }));
    if (line.done) {
      current = null;
      return false;
    }
    const [digest = '', path = '', ...rest] = String(line.value).split(' ');
    current = { digest, order: order(decodeURIComponent(path)), key: rest.join(' ') };
    return true;
  };
  let more = await advance().catch(() => false);

  return {
    async find(path, stat) {
      const wanted = order(path);
      while (more && current && current.order < wanted) more = await advance().catch(() => false);
      return current && current.order === wanted && current.key === key(stat) ? current.digest : undefined;
    },
    async keep(path, stat, digest, readAt) {
      if (readAt > 0 && Number(stat.ctimeMs) > readAt - SETTLED) return;
      unwritten.push(`${digest} ${encodeURIComponent(path)} ${key(stat)}\n`);
      if (unwritten.length >= LINES) await flush();
    },
    async finish() {
      input.destroy();
      await flush();
      await output.close();
      await rename(next, file);
    },
    async discard() {
      input.destroy();
      await output.close();
      await rm(next, { force: true });
    },
  };
}
