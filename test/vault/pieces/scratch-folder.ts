import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPieceFolder } from '../../../activities/vault/pieces/folder.ts';
import { joinPackage } from '../../../activities/vault/pieces/join.ts';
import { type Split, splitPackage } from '../../../activities/vault/pieces/split.ts';

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A folder of pieces on disk, opened anew for each use, as after a restart. */
export async function scratchFolder() {
  const path = await mkdtemp(join(tmpdir(), 'pieces-'));
  const tree = join(path, 'tree');
  return {
    path,
    tree,
    async split(stream: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<Split> {
      const folder = await openPieceFolder(path);
      const split = await splitPackage(awaited(stream), folder);
      await folder.sweep(split.sha256, split.hashes);
      return split;
    },
    async join(whole: Pick<Split, 'bytes' | 'sha256'>): Promise<Buffer> {
      const folder = await openPieceFolder(path);
      const chunks: Buffer[] = [];
      for await (const chunk of joinPackage(folder, whole)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    /** Every file, as its path in the tree. */
    files: async (): Promise<string[]> =>
      (await readdir(tree, { recursive: true, withFileTypes: true }))
        .filter((one) => !one.isDirectory())
        .map((one) => join(one.parentPath, one.name).slice(tree.length + 1))
        .sort(),
    /** What is not exactly the pieces and the skeleton of this package. */
    async wrong(split: Split): Promise<string[]> {
      const expected = [...split.hashes].map((hash) => join(hash.slice(0, 2), hash.slice(2)));
      const files = await this.files();
      const wrong = files.filter((file) => !expected.includes(file) && file !== join('.skeleton', split.sha256));
      for (const file of expected) {
        const bytes = await readFile(join(tree, file)).catch(() => undefined);
        if (bytes === undefined || sha256(bytes) !== file.replace(/[\\/]/, '')) wrong.push(file);
      }
      return wrong;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

export type ScratchFolder = Awaited<ReturnType<typeof scratchFolder>>;

async function* awaited(stream: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* stream;
}

/** In chunks of these lengths, again and again. */
export function* inChunks(bytes: Buffer, lengths: readonly number[] = [65_536]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
