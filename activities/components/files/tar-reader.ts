import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { Projection } from '../../../model/inventory.ts';
import { failure } from '../../failure.ts';
import type { Item } from './item.ts';
import { createProjection } from './projection.ts';
import { BLOCK, type Header, isEnd, readHeader, readPax } from './tar-header.ts';

/** Sparse maps of badly fragmented files are long; more than this is no map. */
const LONGEST_PAX = 64n * 1024n * 1024n;
const ZEROS = Buffer.alloc(256 * 1024);

/** Hashes the content of a file, the holes of a sparse one as the zeros they stand for. */
function createContent(size: bigint, extents: readonly (readonly [bigint, bigint])[] | null) {
  const hash: Hash = createHash('sha256');
  const rest = extents ? [...extents] : [[0n, size] as const];
  let at = 0n;
  let left = 0n;
  const zerosTo = (end: bigint): void => {
    while (at < end) {
      const step = end - at < BigInt(ZEROS.length) ? Number(end - at) : ZEROS.length;
      hash.update(ZEROS.subarray(0, step));
      at += BigInt(step);
    }
  };
  return {
    update(data: Buffer): void {
      for (let from = 0; from < data.length; ) {
        while (left === 0n) {
          const extent = rest.shift();
          if (!extent) return;
          zerosTo(extent[0]);
          left = extent[1];
        }
        const step = BigInt(data.length - from) < left ? data.length - from : Number(left);
        hash.update(data.subarray(from, from + step));
        from += step;
        at += BigInt(step);
        left -= BigInt(step);
      }
    },
    digest(): string {
      zerosTo(size);
      return hash.digest('hex');
    },
  };
}

function extentsOf(records: readonly (readonly [string, string])[]): (readonly [bigint, bigint])[] | null {
  const offsets = records.filter(([key]) => key === 'GNU.sparse.offset').map(([, value]) => BigInt(value));
  const sizes = records.filter(([key]) => key === 'GNU.sparse.numbytes').map(([, value]) => BigInt(value));
  return records.some(([key]) => key === 'GNU.sparse.size')
    ? offsets.map((offset, index) => [offset, sizes[index] ?? 0n] as const)
    : null;
}

/**
 * Lets an archive of a tree through unchanged and reads on the way what it holds: `projection()` afterwards is the
 * inventory of exactly that. Fails with `Damaged` when the archive is not whole. Knows what our own archiver writes: pax
 * headers, sparse format 0.0. `progress` gets the bytes so far; `whole` is asked at the end, and rejects if it is not.
 */
export function readTar(
  progress: (passed: number) => void = () => {},
  whole: () => Promise<unknown> = async () => {},
): Transform & { projection(): Projection } {
  const projection = createProjection();
  let pieces: Buffer[] = [];
  let passed = 0;
  let ended = false;
  let records: [string, string][] = [];
  /** What the bytes up to `left` and the padding behind them are. */
  let state: 'header' | 'pax' | 'content' | 'skip' = 'header';
  let left = BigInt(BLOCK);
  let padding = 0n;
  let member: {
    readonly header: Header;
    readonly size: bigint;
    readonly content: ReturnType<typeof createContent>;
  } | null = null;

  const expect = (next: typeof state, size: bigint): void => {
    state = next;
    left = size;
    padding = (BigInt(BLOCK) - (size % BigInt(BLOCK))) % BigInt(BLOCK);
    pieces = [];
    if (size === 0n) complete();
  };

  const header = (block: Buffer): void => {
    if (isEnd(block)) {
      ended = true;
      expect('skip', BigInt(BLOCK));
      return;
    }
    const found = readHeader(block, new Map(records));
    if (found.type === 'x') {
      if (found.stored > LONGEST_PAX)
        throw failure('Damaged', 'the archive of the tree is damaged: a header without end');
      expect('pax', found.stored);
      return;
    }
    const item = itemOf(found);
    if (item) projection.add(item);
    const sparse = extentsOf(records);
    const size = BigInt(new Map(records).get('GNU.sparse.size') ?? found.stored);
    records = [];
    if (item || found.type === 'g') expect('skip', found.stored);
    else {
      member = { header: found, size, content: createContent(size, sparse) };
      expect('content', found.stored);
    }
  };

  /** The current part is there whole. */
  const complete = (): void => {
    const data = state === 'header' || state === 'pax' ? Buffer.concat(pieces) : null;
    if (data && state === 'header') {
      header(data);
      return;
    }
    if (data) records = readPax(data);
    if (state === 'content' && member) {
      const { header: of, size, content } = member;
      projection.add({ type: 'file', path: clean(of.path), meta: of.meta, size, content: content.digest() });
      member = null;
    }
    state = 'header';
    left = BigInt(BLOCK);
    pieces = [];
  };

  const take = (chunk: Buffer): void => {
    let from = 0;
    while (from < chunk.length) {
      if (padding > 0n && left === 0n) {
        const step = Math.min(Number(padding), chunk.length - from);
        padding -= BigInt(step);
        from += step;
        if (padding === 0n) complete();
        continue;
      }
      const step = BigInt(chunk.length - from) < left ? chunk.length - from : Number(left);
      const part = chunk.subarray(from, from + step);
      if (state === 'content') member?.content.update(part);
      else if (state !== 'skip') pieces.push(part);
      left -= BigInt(step);
      from += step;
      if (left === 0n && padding === 0n) complete();
    }
  };

  const transform = new Transform({
    transform(chunk: Buffer, _encoding, callback: TransformCallback) {
      try {
        passed += chunk.length;
        progress(passed);
        if (!ended) take(chunk);
        callback(null, chunk);
      } catch (error) {
        callback(error as Error);
      }
    },
    flush(callback) {
      const cut = () => failure('Damaged', `the archive of the tree ends after ${passed} bytes, before its end`);
      // Whoever made the archive knows better why it is cut.
      whole().then(
        () => callback(ended ? null : cut()),
        (error: Error) => callback(error),
      );
    },
  });
  return Object.assign(transform, { projection: () => projection.finish() });
}

/** `./a/b/` → `a/b`. */
const clean = (path: string): string => path.replace(/^\.\//, '').replace(/\/$/, '').replace(/^\.$/, '');

/** The item of a member without content; a file's is made when its content was read. */
function itemOf({ type, path, target, meta, major, minor }: Header): Item | null {
  switch (type) {
    case '1':
      return { type: 'hardlink', path: clean(path), target: clean(target) };
    case '2':
      return { type: 'symlink', path: clean(path), meta: { ...meta, mode: 0 }, target };
    case '3':
      return { type: 'character', path: clean(path), meta, major, minor };
    case '4':
      return { type: 'block', path: clean(path), meta, major, minor };
    case '5':
      return { type: 'directory', path: clean(path), meta };
    case '6':
      return { type: 'fifo', path: clean(path), meta };
    default:
      return null;
  }
}
