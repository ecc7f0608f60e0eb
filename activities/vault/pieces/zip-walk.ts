import { searchEnd } from './zip-entry-end.ts';
import { isLandmark, recordAt } from './zip-records.ts';

/** A run of bytes of a zip: a `frame` (headers, descriptors, directory), an entry's data as it stands there, or neither. */
export interface Part {
  readonly kind: 'frame' | 'entry' | 'plain';
  readonly bytes: Buffer;
  /** The entry's data ends with it. */
  readonly last?: boolean;
}

export interface ZipWalk {
  /** The parts that these bytes complete. All parts one after the other are the zip, bit for bit, whatever it holds. */
  add(chunk: Buffer): readonly Part[];
  end(): readonly Part[];
  /** Entries whose data was found. */
  readonly entries: number;
  /** Bytes that were not told apart, and why there are some: undefined where all was understood. */
  readonly plain: number;
  readonly why: string | undefined;
}

type State =
  | { readonly at: 'record' | 'lost' }
  | { readonly at: 'data' | 'descriptor'; left: number }
  | { readonly at: 'search'; passed: number; from: number };

/**
 * Walks a zip forward from header to header while it passes by, without its directory. It never fails: what is not
 * understood is passed as `plain`, and it goes on at the next record.
 */
export function createZipWalk(): ZipWalk {
  let state: State = { at: 'record' };
  let held: Buffer = Buffer.alloc(0);
  /** Offset in the zip of what is held. */
  let offset = 0;
  let entries = 0;
  let plain = 0;
  let why: string | undefined;

  /** One step from `at` on; returns where it came to, the same place where it needs more. */
  const step = (bytes: Buffer, at: number, final: boolean, out: Part[]): number => {
    const pass = (kind: Part['kind'], end: number, last = false): number => {
      if (kind === 'plain') plain += end - at;
      if (end > at || last) out.push({ kind, bytes: bytes.subarray(at, end), ...(last ? { last } : {}) });
      return end;
    };
    switch (state.at) {
      case 'record': {
        const record = recordAt(bytes, at, offset + at === 0);
        if (record === 'none') {
          why ??= `at byte ${offset + at} there is no record of a zip`;
          state = { at: 'lost' };
          return pass('plain', at + 1);
        }
        if (record === 'more' || at + record.length > bytes.length) {
          if (!final) return at;
          if (bytes.length > at) why ??= `it ends within the record at byte ${offset + at}`;
          return pass('plain', bytes.length);
        }
        const end = pass('frame', at + record.length);
        if (!record.local) return end;
        if (record.data === undefined) state = { at: 'search', passed: 0, from: 0 };
        else if (record.data > 0) state = { at: 'data', left: record.data };
        else entries++;
        return end;
      }
      case 'data': {
        const end = Math.min(bytes.length, at + state.left);
        state.left -= end - at;
        const last = state.left === 0 || (final && end === bytes.length);
        if (last && state.left > 0) why ??= `it ends within an entry, ${state.left} bytes early`;
        pass('entry', end, last);
        if (last) {
          state = { at: 'record' };
          entries++;
        }
        return end;
      }
      case 'search': {
        const { found, sure, next } = searchEnd(bytes, at - state.passed, at + state.from, final);
        if (found) {
          const end = pass('entry', found.end, true);
          state = { at: 'descriptor', left: found.descriptor };
          entries++;
          return end;
        }
        if (final) {
          why ??= `the end of the entry at byte ${offset + at - state.passed}, which does not tell its size, was not found`;
          plain += state.passed + bytes.length - at;
          state = { at: 'record' };
          return pass('entry', bytes.length, true);
        }
        const end = Math.max(at, sure);
        state.passed += end - at;
        state.from = next - end;
        return pass('entry', end);
      }
      case 'descriptor': {
        const end = Math.min(bytes.length, at + state.left);
        state.left -= end - at;
        pass('frame', end);
        if (state.left === 0) state = { at: 'record' };
        return end;
      }
      case 'lost': {
        const landmark = findLandmark(bytes, at);
        if (landmark !== undefined) {
          state = { at: 'record' };
          return pass('plain', landmark);
        }
        return pass('plain', final ? bytes.length : Math.max(at, bytes.length - 3));
      }
    }
  };

  const walk = (bytes: Buffer, final: boolean): Part[] => {
    const out: Part[] = [];
    let at = 0;
    for (;;) {
      const before = state.at;
      const next = step(bytes, at, final, out);
      if (next === at && state.at === before) break;
      at = next;
    }
    // Copied, so that a few bytes do not hold on to a large chunk.
    held = Buffer.from(bytes.subarray(at));
    offset += at;
    return out;
  };

  return {
    add: (chunk) => walk(held.length === 0 ? chunk : Buffer.concat([held, chunk]), false),
    end: () => walk(held, true),
    get entries() {
      return entries;
    },
    get plain() {
      return plain;
    },
    get why() {
      return why;
    },
  };
}

function findLandmark(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf('PK', from, 'latin1'); at >= 0; at = bytes.indexOf('PK', at + 1, 'latin1'))
    if (at + 4 <= bytes.length && isLandmark(bytes.readUInt32LE(at))) return at;
  return undefined;
}

/** Whether what a stream begins with can be a zip, also with other bytes before it. */
export const looksLikeZip = (beginning: Buffer): boolean => findLandmark(beginning, 0) !== undefined;
