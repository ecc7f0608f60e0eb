import { Writable } from 'node:stream';

/**
 * A program's input that swallows what comes after the program has stopped reading: its exit code says whether it had
 * enough, and the source is still read to its end, where it may say that not all of it was right.
 */
export const swallowing = (input: Writable): Writable =>
  new Writable({
    highWaterMark: 1024 * 1024,
    write(chunk, _encoding, callback) {
      if (input.destroyed) callback();
      else input.write(chunk, () => callback());
    },
    final(callback) {
      if (input.destroyed) callback();
      else input.end(() => callback());
    },
  });
