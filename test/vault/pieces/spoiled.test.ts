import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from '../pair-of-vaults.ts';
import { inChunks, type ScratchFolder, scratchFolder } from './scratch-folder.ts';
import { type Entry, type Telling, writeZip, type Zip } from './zips.ts';

let folder: ScratchFolder;
beforeAll(async () => {
  folder = await scratchFolder();
});
afterAll(() => folder.remove());

const TELLINGS: readonly Telling[] = [
  'header',
  'zip64 header',
  'descriptor',
  'descriptor without signature',
  'zip64 descriptor',
  'zip64 descriptor without signature',
];

const entry = (telling: Telling, i: number): Entry => ({
  name: Buffer.from(`folder/entry ${i}`),
  content: i % 2 ? noise(400 + i, i + 1) : Buffer.from(`a line of entry ${i}\n`.repeat(40)),
  method: i % 2 ? 'stored' : 'deflated',
  encrypted: i === 3,
  telling,
  extra: Buffer.from([0x75, 0x70, 4, 0, 1, 2, 3, 4]),
  comment: Buffer.from('a comment'),
  stamp: 0x5a215a21,
  gap: i === 2 ? Buffer.from('something between') : Buffer.alloc(0),
});

const zip: Zip = {
  before: Buffer.from('#!/bin/sh\n'),
  entries: TELLINGS.map(entry),
  comment: Buffer.from('of the whole'),
  zip64End: true,
  after: Buffer.from('trailing'),
};
const { bytes, regions } = writeZip(zip);

/** Three offsets in every region: its first byte, its last one, and one between. */
const PLACES = regions.flatMap(({ kind, from, to }) =>
  [...new Set([from, Math.floor((from + to) / 2), to - 1])].map((at) => ({ kind, at })),
);
const WAYS: Readonly<Record<string, (at: number) => Buffer>> = {
  cut: (at) => bytes.subarray(0, at),
  'one bit flipped': (at) => changed(at, (byte) => byte ^ 1),
  'all bits flipped': (at) => changed(at, (byte) => byte ^ 0xff),
  'four bytes left out': (at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 4)]),
};

function changed(at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

describe.each(Object.keys(WAYS))('a zip with %s', (way) => {
  test(`at each of ${PLACES.length} places comes out as it came in`, async () => {
    for (const { kind, at } of PLACES) {
      const spoiled = (WAYS[way] as (at: number) => Buffer)(at);
      if (spoiled.length === 0) continue;
      const split = await folder.split(inChunks(spoiled, [331]));
      const same = (await folder.join(split)).equals(spoiled);
      expect(same, `${way} in ${kind} at ${at}`).toBe(true);
    }
  });
});

test('there are more than two hundred cases, in every kind of bytes', () => {
  expect(PLACES.length * Object.keys(WAYS).length).toBeGreaterThan(200);
  expect(new Set(regions.map((each) => each.kind)).size).toBe(13);
});
