import { BLOCK, isEnd, readHeader, readPax } from '../../components/files/tar-header.ts';
import { failure } from '../../failure.ts';

/** A regular file in an archive; `content` has to be read to its end before the next one is asked for. */
export interface Member {
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Buffer>;
}

const LONGEST_PAX = 1024 * 1024;

/** The regular files of a tar archive as restic writes it, in their order. Fails with `Damaged` where it is not whole. */
export async function* readMembers(stream: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const chunks = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  /** At least one byte, at most `most`. */
  const some = async (most: number): Promise<Buffer> => {
    while (held.length === 0) {
      const { done, value } = await chunks.next();
      if (done) throw failure('Damaged', 'the archive of a package ends early');
      held = value;
    }
    const taken = held.subarray(0, most);
    held = held.subarray(taken.length);
    return taken;
  };
  const exactly = async (size: number): Promise<Buffer> => {
    const parts: Buffer[] = [];
    for (let left = size; left > 0; ) {
      const part = await some(left);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  };
  let records = new Map<string, string>();
  for (;;) {
    const block = await exactly(BLOCK);
    if (isEnd(block)) break;
    const { type, path, stored } = readHeader(block, records);
    const size = Number(stored);
    records = new Map();
    let left = size;
    const content = (async function* (): AsyncGenerator<Buffer> {
      while (left > 0) {
        const part = await some(left);
        left -= part.length;
        yield part;
      }
    })();
    if (type === 'x' || type === 'g') {
      if (size > LONGEST_PAX) throw failure('Damaged', 'the archive of a package has a header without end');
      const data = await exactly(size);
      left = 0;
      if (type === 'x') records = new Map(readPax(data));
    } else if (type === '0') yield { name: path.replace(/^(\.?\/)+/, ''), size, content };
    if (left > 0) await exactly(left);
    await exactly((BLOCK - (size % BLOCK)) % BLOCK);
  }
  // The rest, so that whoever writes it comes to its end.
  for (let rest = await chunks.next(); !rest.done; rest = await chunks.next());
}
