import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable, type Writable } from 'node:stream';
import { failure } from '../failure.ts';
import { createPace, type Pace } from './pace.ts';
import { type Place, shown } from './place.ts';
import { holdsLocks, isLocked, type Restic, type RunningRestic } from './restic.ts';
import { fullId, type Snapshots } from './snapshots.ts';
import { type Label, tagsOf } from './tags.ts';
import type { StoredStream, VaultWork } from './vault.ts';

export interface StoreInput {
  readonly label: Label;
  readonly file: string;
  readonly stream: Readable;
  /** What the stream promises; undefined where it cannot tell. */
  readonly bytes?: number;
  /** For messages and progress. */
  readonly what: string;
}

/** A name that means the same to restic and to every system. */
const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

/**
 * Streams into a new snapshot, hashing and counting on the way. restic takes the end of its input for the end of the file, so
 * it is killed before its input is closed when the stream fails or is not as long as promised. (When this process is killed
 * instead, a truncated snapshot can remain: it is in no manifest.)
 */
export function createStore(restic: Restic, at: Place, snapshots: Snapshots) {
  const start = async (work: VaultWork, { label, file, what }: StoreInput): Promise<RunningRestic> => {
    if (!FILE.test(file))
      throw failure('InvalidInput', `"${file}" is no name for a stream: use letters, digits and .-_`);
    // A stream cannot be sent twice, so a lock that a killed prune has left is removed before it begins.
    if (holdsLocks(at)) await restic.unlock(work, at);
    const source = ['--stdin', `--stdin-filename=${file}`];
    const labels = [`--host=${label.site}`, `--tag=${tagsOf(label)}`];
    const args = ['backup', '--json', ...source, ...labels];
    return restic.start(work, { at, args, doing: `store ${what} in ${shown(at)}`, input: true, patient: true });
  };

  return async (work: VaultWork, input: StoreInput): Promise<StoredStream> => {
    const { stream, what, label } = input;
    const pace = createPace(work, `storing ${what}`, 0, input.bytes);
    try {
      const running = await start(work, input);
      const summary = readSummary(running.child.stdout);
      const { bytes, sha256 } = await pour(stream, running, input, pace);
      await running.done;
      const said = await summary;
      if (said?.total !== bytes)
        throw failure('Unavailable', `restic stored ${said?.total ?? 'nothing'} of ${bytes} bytes of ${what}.`);
      const id = await fullId(at, said.snapshot);
      snapshots.made({ id, origin: id, time: new Date().toISOString(), label });
      return { snapshot: id, bytes, sha256, stored: said.added };
    } catch (error) {
      stream.destroy();
      // Behind a server a lock is met only now, too late for this stream: the next attempt finds a stale one gone.
      if (isLocked(error)) await restic.unlock(work, at).catch(() => {});
      work.signal.throwIfAborted();
      throw error;
    } finally {
      pace.stop();
    }
  };
}

async function pour(
  stream: Readable,
  { child, done }: RunningRestic,
  { what, bytes: promised }: StoreInput,
  pace: Pace,
): Promise<{ bytes: number; sha256: string }> {
  const stdin = child.stdin;
  if (stdin === null) throw new Error('restic was started without an input');
  const hash = createHash('sha256');
  let bytes = 0;
  let over = false;
  // When restic ends early, the source is not read any further.
  const ended = child.ended.then(
    () => void 0,
    () => void 0,
  );
  void ended.then(() => {
    over = true;
    stream.destroy();
  });
  try {
    for await (const piece of stream) {
      if (over) break;
      const chunk: Buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
      hash.update(chunk);
      bytes += chunk.length;
      pace.bytes = bytes;
      if (promised !== undefined && bytes > promised) break;
      if (!stdin.write(chunk)) await Promise.race([drained(stdin), ended]);
    }
    if (!over && bytes === 0) throw failure('Unavailable', `${what} is empty: a backup without a byte is no backup.`);
    if (!over && promised !== undefined && bytes !== promised) {
      const how = bytes > promised ? 'is longer' : 'ended early';
      throw failure('Unavailable', `${what} ${how}: ${promised} bytes were promised, ${bytes} came.`);
    }
  } catch (error) {
    const early = over;
    await child.stop();
    stream.destroy();
    // restic's own reason explains the broken stream, not the other way round.
    if (early) await done;
    throw error;
  }
  if (over) {
    await done;
    throw failure('Unavailable', `restic ended before it had read all of ${what}.`);
  }
  stdin.end();
  return { bytes, sha256: hash.digest('hex') };
}

/** Not `once`: that rejects on a broken pipe, whose reason only restic knows. */
const drained = (stdin: Writable): Promise<void> =>
  new Promise((resolve) => {
    stdin.once('drain', () => resolve());
  });

export interface Summary {
  readonly snapshot: string;
  readonly total: number;
  readonly added: number;
  /** Files that were read: the others are known from the snapshot before. */
  readonly read: number;
}

/** restic's last word of a backup, `undefined` if it never came. */
async function readSummary(stdout: Readable): Promise<Summary | undefined> {
  let found: Summary | undefined;
  for await (const line of createInterface({ input: stdout })) found = summaryIn(line) ?? found;
  return found;
}

/** What a line of restic's output says if it is its last word of a backup. */
export function summaryIn(line: string): Summary | undefined {
  if (!line.includes('"summary"')) return undefined;
  try {
    const said = JSON.parse(line);
    if (said.message_type !== 'summary') return undefined;
    return {
      snapshot: String(said.snapshot_id),
      total: Number(said.total_bytes_processed),
      // Packed from 0.17 on; before, as it was before compression.
      added: Number(said.data_added_packed ?? said.data_added ?? 0),
      read: Number(said.files_new) + Number(said.files_changed),
    };
  } catch {
    // Not JSON: a warning in plain text.
    return undefined;
  }
}

/** A small JSON document as a snapshot of its own. */
export const jsonStream = (value: unknown): { stream: Readable; bytes: number } => {
  const text = Buffer.from(JSON.stringify(value));
  return { stream: Readable.from([text]), bytes: text.length };
};
