import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createZipWalk } from '../../../activities/vault/pieces/zip-walk.ts';
import { inChunks, type ScratchFolder, scratchFolder, sha256 } from './scratch-folder.ts';
import { saneZips, writeZip, zips } from './zips.ts';

let folder: ScratchFolder;
beforeAll(async () => {
  folder = await scratchFolder();
});
afterAll(() => folder.remove());

const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });
const RUNS = Number(process.env.UNDERSTUDY_ZIPS ?? 1000);

test('any zip comes out bit for bit, however it is cut while it streams in', async () => {
  await fc.assert(
    fc.asyncProperty(zips, lengths, async (zip, cut) => {
      const { bytes } = writeZip(zip);
      const split = await folder.split(inChunks(bytes, cut));
      expect(split.sha256).toBe(sha256(bytes));
      expect((await folder.join(split)).equals(bytes)).toBe(true);
    }),
    { numRuns: RUNS },
  );
  expect(existsSync(join(folder.tree, '..', '..', 'etc'))).toBe(false);
}, 240_000);

test('the folder holds exactly the pieces of the last zip', async () => {
  await fc.assert(
    fc.asyncProperty(zips, async (zip) => {
      expect(await folder.wrong(await folder.split(inChunks(writeZip(zip).bytes)))).toEqual([]);
    }),
    { numRuns: RUNS / 10 },
  );
});

test('each entry of a sane zip is a piece of its own, whichever way its size is told', () => {
  fc.assert(
    fc.property(saneZips, lengths, (zip, cut) => {
      const { bytes, data } = writeZip(zip);
      const walk = createZipWalk();
      const found: Buffer[] = [];
      let current: Buffer[] = [];
      for (const part of [...[...inChunks(bytes, cut)].flatMap((chunk) => walk.add(chunk)), ...walk.end()]) {
        if (part.kind === 'entry') current.push(part.bytes);
        if (!part.last) continue;
        found.push(Buffer.concat(current));
        current = [];
      }
      expect(walk.why).toBeUndefined();
      expect(found.filter((each) => each.length > 0).map(sha256)).toEqual(
        data.filter((each) => each.length > 0).map(sha256),
      );
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test('other stamps and another order of the same entries write no piece again', async () => {
  await fc.assert(
    fc.asyncProperty(saneZips, fc.nat(0xffffffff), async (zip, stamp) => {
      const first = await folder.split(inChunks(writeZip(zip).bytes));
      const entries = [...zip.entries].reverse().map((one) => ({ ...one, stamp }));
      const again = await folder.split(inChunks(writeZip({ ...zip, entries }).bytes));
      // The skeleton alone: it holds the stamps and the order.
      expect(again.files).toBeLessThanOrEqual(1);
      expect([...again.hashes].sort()).toEqual([...first.hashes].sort());
    }),
    { numRuns: RUNS / 10 },
  );
});

test('bytes that are no zip at all come out as well, and it says why they were not taken apart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), async (array) => {
      const bytes = Buffer.from(array);
      const split = await folder.split(inChunks(bytes, [777]));
      expect((await folder.join(split)).equals(bytes)).toBe(true);
      expect(split.why).toMatch(/no record of a zip|ends within/);
    }),
    { numRuns: 100 },
  );
});
