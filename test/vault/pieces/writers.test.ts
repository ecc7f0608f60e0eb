import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inChunks, type ScratchFolder, scratchFolder } from './scratch-folder.ts';
import { isThere, makeFiles, WRITERS, written } from './writers.ts';

let scratch: string;
let folder: ScratchFolder;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'writers-'));
  await mkdir(join(scratch, 'java'));
  folder = await scratchFolder();
});
afterAll(() => Promise.all([folder.remove(), rm(scratch, { recursive: true, force: true })]));

/** a.json, b.bin, c.txt, e.bin and g.bin are long enough to be pieces. */
const PIECES = 5;

describe.each(WRITERS)('a zip by $name', (writer) => {
  test('comes out bit for bit, and a changed file is the only piece that is written again', async (context) => {
    if (!(await isThere(writer))) return context.skip();
    const files = join(scratch, 'files');
    await makeFiles(files);
    const before = await written(writer, files, join(scratch, 'java'));
    const first = await folder.split(inChunks(before));
    expect(first.why).toBeUndefined();
    expect(first.hashes.size).toBeGreaterThanOrEqual(PIECES);
    expect((await folder.join(first)).equals(before)).toBe(true);

    await makeFiles(files, 1);
    const after = await written(writer, files, join(scratch, 'java'));
    const second = await folder.split(inChunks(after, [1000, 7]));
    expect((await folder.join(second)).equals(after)).toBe(true);
    expect(await folder.wrong(second)).toEqual([]);
    const fresh = [...second.hashes].filter((hash) => !first.hashes.has(hash));
    // Encrypted bytes are others each time.
    if (!writer.name.includes('encrypted')) expect(fresh).toHaveLength(1);
  });
});
