import type { Piece, PieceFolder, Put } from './folder.ts';

/** Bytes that are being written meanwhile, and files. */
const IN_FLIGHT = 32 * 1024 * 1024;
const MOST_FILES = 64;

export interface Writes {
  add(piece: Piece): void;
  /** Waits while too much is under way; rejects with the first failure. */
  relieve(): Promise<void>;
  /** Waits for all; rejects with the first failure. */
  finish(): Promise<void>;
  /** Waits for all, whatever becomes of it. */
  settled(): Promise<void>;
  /** How many pieces it came out so for. */
  count(how: Put): number;
  /** Bytes of those that were written. */
  readonly written: number;
}

/** Puts pieces into the folder while others are still coming, with a bound on what waits in memory. `onPut` hears of each. */
export function createWrites(folder: PieceFolder, onPut: () => void = () => {}): Writes {
  const underWay = new Set<Promise<void>>();
  const counts: Record<Put, number> = { trusted: 0, compared: 0, written: 0 };
  let inFlight = 0;
  let written = 0;
  let failed: { readonly error: unknown } | undefined;

  const settle = async (most: number): Promise<void> => {
    while (inFlight > most && failed === undefined) await Promise.race(underWay);
    if (failed) throw failed.error;
  };
  return {
    add(piece) {
      // A small one costs a file as well.
      const weight = Math.max(piece.size, IN_FLIGHT / MOST_FILES);
      inFlight += weight;
      const writing = folder
        .put(piece)
        .then((how) => {
          counts[how]++;
          if (how === 'written') written += piece.size;
          onPut();
        })
        .catch((error) => {
          failed ??= { error };
        })
        .finally(() => {
          inFlight -= weight;
          underWay.delete(writing);
        });
      underWay.add(writing);
    },
    relieve: () => settle(IN_FLIGHT),
    finish: () => settle(0),
    async settled() {
      await Promise.all(underWay);
    },
    count: (how) => counts[how],
    get written() {
      return written;
    },
  };
}
