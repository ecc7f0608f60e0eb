import { noise } from '../pair-of-vaults.ts';
import { type Entry, writeZip } from './zips.ts';

const COUNT = 120;

/**
 * A package of some megabytes as an application writes it: every entry stamped with the time of the backup, in another order
 * each time, a few of them changed. `changed`: how many differ from those of another seed.
 */
export function packageOf(seed: number, changed = 3): Buffer {
  const entries = Array.from({ length: COUNT }, (_, i): Entry => {
    const generation = i < changed ? seed : 0;
    const size = 4 * (50 + ((i * 7919) % 15_000));
    const text = (): string =>
      Array.from({ length: size / 20 }, (_, line) => `${generation} line ${line * i}\n`).join('');
    const content = i % 2 ? noise(size, 1000 * generation + i + 1) : Buffer.from(text());
    return {
      name: Buffer.from(`items/${i}.bin`),
      content,
      method: i % 2 ? 'stored' : 'deflated',
      encrypted: false,
      telling: i % 3 ? 'descriptor' : 'header',
      extra: Buffer.alloc(0),
      comment: Buffer.alloc(0),
      stamp: 1_500_000_000 + seed,
      gap: Buffer.alloc(0),
    };
  });
  const order = entries.map((entry, i) => ({ entry, place: (i * (7 + 2 * seed)) % 121 }));
  order.sort((a, b) => a.place - b.place);
  return writeZip({
    before: Buffer.alloc(0),
    entries: order.map(({ entry }) => entry),
    comment: Buffer.alloc(0),
    zip64End: false,
    after: Buffer.alloc(0),
  }).bytes;
}
