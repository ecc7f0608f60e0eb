import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { failure } from '../failure.ts';
import { createPace } from './pace.ts';
import { type Place, shown } from './place.ts';
import type { Restic, RunningRestic } from './restic.ts';
import type { VaultWork } from './vault.ts';

export interface DumpInput {
  readonly snapshot: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** For messages and progress. */
  readonly what: string;
}

/**
 * Reads a stream back, checking size and SHA-256 on the way. The last bytes come out before the digest is known, so a
 * reader must not act on them before the stream has ended: it ends with `Damaged` if it is not what was stored. Destroying
 * it stops restic. Without a lock: the site's own excludes a prune, and one that a killed prune left must stop no restore.
 */
export async function openDump(restic: Restic, at: Place, work: VaultWork, input: DumpInput): Promise<Readable> {
  const running = await restic.start(work, {
    at,
    args: ['dump', '--no-lock', input.snapshot, `/${input.file}`],
    doing: `read ${input.what} from ${shown(at)}`,
    patient: true,
  });
  const stream = Readable.from(checked(at, work, running, input), { objectMode: false });
  // A generator that was never started is not ended by destroying its stream.
  stream.once('close', () => {
    running.child.stdout.destroy();
    running.child.stop().catch(() => {});
  });
  return stream;
}

async function* checked(
  at: Place,
  work: VaultWork,
  { child, done }: RunningRestic,
  { what, bytes, sha256 }: DumpInput,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const pace = createPace(work, `reading ${what}`, 0, bytes);
  let read = 0;
  const damaged = (why: string) =>
    failure('Damaged', `${what} in ${shown(at)} is not what was stored: ${why}. Use another recovery point.`);
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      hash.update(chunk);
      read += chunk.length;
      pace.bytes = read;
      if (read > bytes) throw damaged(`it is longer than ${bytes} bytes`);
      yield chunk;
    }
    await done;
    if (read !== bytes) throw damaged(`it has ${read} bytes instead of ${bytes}`);
    const found = hash.digest('hex');
    if (found !== sha256) throw damaged(`its SHA-256 is ${found} instead of ${sha256}`);
  } catch (error) {
    work.signal.throwIfAborted();
    throw error;
  } finally {
    pace.stop();
    await child.stop();
  }
}

/** Reads a stream to its end and keeps nothing of it. */
export async function readThrough(stream: Readable): Promise<void> {
  for await (const _ of stream) {
    // Counting and hashing happen on the way.
  }
}
