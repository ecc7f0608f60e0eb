import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { attemptOf, isOwnPackage, packageName } from '../../../activities/components/fme-flow/names.ts';
import { unzipOne } from '../../../activities/components/fme-flow/unzip-one.ts';
import { createZipEnd } from '../../../activities/components/fme-flow/zip-end.ts';
import { whole } from './rig.ts';

function zip(
  content: Buffer,
  options: { compress: boolean; forceZip64Format?: boolean; comment?: string },
): Promise<Buffer> {
  const file = new ZipFile();
  const { comment, forceZip64Format = false, compress } = options;
  file.addReadStream(Readable.from([content]), 'package.fsconfig', { compress, forceZip64Format });
  file.end({ forceZip64Format, comment: comment ?? '' });
  return whole(file.outputStream as Readable);
}

const judge = (bytes: Buffer, step = 1_000): string | undefined => {
  const end = createZipEnd();
  for (let at = 0; at < bytes.length; at += step) end.add(bytes.subarray(at, at + step));
  return end.problem();
};

const content = Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * index) % 251));
const shapes = [
  { compress: true },
  { compress: false },
  { compress: true, forceZip64Format: true },
  { compress: false, forceZip64Format: true },
  { compress: false, comment: 'PK made for a test' },
];

describe.each(shapes)('a zip %j', (shape) => {
  test('is whole, or is not when any end of it is missing', async () => {
    const bytes = await zip(content, shape);
    expect(judge(bytes)).toBeUndefined();
    for (const cut of [1, 10, 22, 100, 5_000, bytes.length - 1])
      expect(judge(bytes.subarray(0, bytes.length - cut))).toBeDefined();
    expect(judge(bytes.subarray(1))).toBeDefined();
    expect(judge(Buffer.alloc(0))).toBe('it is empty');
  });

  test('gives its one file back, also when that is a zip itself', async () => {
    const inner = await zip(content, { compress: false });
    for (const file of [content, inner, Buffer.from('short')]) {
      const bytes = await zip(file, shape);
      const pieces = Readable.from([bytes.subarray(0, 20), bytes.subarray(20, 90_000), bytes.subarray(90_000)]);
      expect((await whole(unzipOne(pieces, 'a test'))).equals(file)).toBe(true);
    }
  });

  test('that was cut or spoiled fails while it is read', async () => {
    const bytes = await zip(content, shape);
    await expect(whole(unzipOne(Readable.from([bytes.subarray(0, bytes.length / 2)]), 'a test'))).rejects.toThrow();
    const spoiled = Buffer.from(bytes);
    spoiled[1_000] = (spoiled[1_000] ?? 0) ^ 0xff;
    await expect(whole(unzipOne(Readable.from([spoiled]), 'a test'))).rejects.toThrow();
  });
});

test('names of our packages are known by their form alone, and lead back to their step', () => {
  const key = 'orders-17-2026.1-flow';
  const name = packageName(key, 2);
  expect(isOwnPackage(name)).toBe(true);
  expect(attemptOf(key, `some/folder/${name}`)).toBe(2);
  expect(attemptOf('orders-18-2026.1-flow', name)).toBeUndefined();
  for (const other of ['ServerConfigPackage.fsconfig', 'understudy.fsconfig', 'understudy-notes.txt', `my-${name}`])
    expect(isOwnPackage(other)).toBe(false);
});
