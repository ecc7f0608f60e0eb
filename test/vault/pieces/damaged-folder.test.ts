import { chmod, mkdir, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageOf } from './packages.ts';
import { inChunks, type ScratchFolder, scratchFolder } from './scratch-folder.ts';

const first = packageOf(1);
const second = packageOf(2);
let folder: ScratchFolder;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(() => folder.remove());

const marks = (): string => join(folder.path, 'trusted.json');
const somePiece = async (): Promise<string> => {
  const files = (await folder.files()).filter((file) => !file.startsWith('.skeleton'));
  return join(folder.tree, files[17] as string);
};
const someSkeleton = async (): Promise<string> =>
  join(folder.tree, (await folder.files()).find((file) => file.startsWith('.skeleton')) as string);
const flip = async (path: string): Promise<void> => {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
};

/** What may happen to the folder between two cycles. */
const HARM: Readonly<Record<string, () => Promise<void>>> = {
  'nothing happens': async () => {},
  'it is deleted': () => rm(folder.path, { recursive: true }),
  'its pieces are deleted': () => rm(folder.tree, { recursive: true }),
  'what is trusted is deleted': () => rm(marks()),
  'what is trusted is rubbish': () => writeFile(marks(), '{"boot":1'),
  'the machine was started anew': async () => {
    const text = await readFile(marks(), 'utf8');
    await writeFile(marks(), text.replace(/"boot":"[^"]*"/, '"boot":"another one"'));
  },
  'a piece is deleted': async () => rm(await somePiece()),
  'a piece is cut': async () => truncate(await somePiece(), 10),
  'a piece is changed': async () => flip(await somePiece()),
  'a piece is changed, and its time set back': async () => {
    const path = await somePiece();
    const { atime, mtime } = await stat(path);
    await flip(path);
    await utimes(path, atime, mtime);
  },
  'a piece was torn when the power was lost': async () => {
    const path = await somePiece();
    const { size } = await stat(path);
    await writeFile(path, Buffer.alloc(size));
    await HARM['the machine was started anew']?.();
  },
  'a piece is a folder': async () => {
    const path = await somePiece();
    await rm(path);
    await mkdir(join(path, 'inside'), { recursive: true });
  },
  'a piece is a link out of the folder': async () => {
    const path = await somePiece();
    await rename(path, join(folder.path, 'elsewhere'));
    await symlink(join(folder.path, 'elsewhere'), path);
  },
  'a folder of pieces is a file': async () => {
    const place = join(await somePiece(), '..');
    await rm(place, { recursive: true });
    await writeFile(place, 'a file');
  },
  'something else is put there': () => writeFile(join(folder.tree, 'note.txt'), 'mine'),
  'the skeleton is deleted': async () => rm(await someSkeleton()),
  'the skeleton is changed': async () => flip(await someSkeleton()),
  'rights are changed': async () => chmod(await somePiece(), 0o400),
};

describe.each(Object.keys(HARM))('when %s', (what) => {
  test('the next backup leaves a folder that is right', async () => {
    await folder.split(inChunks(first));
    await HARM[what]?.();
    const split = await folder.split(inChunks(second));
    expect(await folder.wrong(split)).toEqual([]);
    expect((await folder.join(split)).equals(second)).toBe(true);
  });

  test('a package that is put together is right, or is refused and read from the vault again', async () => {
    const split = await folder.split(inChunks(first));
    await HARM[what]?.();
    const joined = await folder.join(split).catch((error: Error) => error);
    if (joined instanceof Error) expect(joined.message).toMatch(/read from the vault again/);
    else expect(joined.equals(first)).toBe(true);
  });
});

test('pieces that are not changed are not touched: number, times and bytes stay', async () => {
  const before = await folder.split(inChunks(first));
  const look = async (): Promise<Map<string, string>> => {
    const files = await folder.files();
    const looks = files.map(async (file) => {
      const { ino, mtimeNs, ctimeNs } = await stat(join(folder.tree, file), { bigint: true });
      return [file, `${ino} ${mtimeNs} ${ctimeNs}`] as const;
    });
    return new Map(await Promise.all(looks));
  };
  const was = await look();
  const after = await folder.split(inChunks(second));
  const is = await look();
  const same = [...after.hashes].filter((hash) => before.hashes.has(hash));
  expect(same.length).toBeGreaterThan(100);
  for (const hash of same) {
    const file = join(hash.slice(0, 2), hash.slice(2));
    expect(is.get(file)).toBe(was.get(file));
  }
  expect(after.written).toBeLessThan(200_000);
});

test('a stream that breaks leaves the old pieces as they were, and nothing of the new ones for long', async () => {
  await folder.split(inChunks(first));
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield second.subarray(0, second.length / 2);
    throw new Error('the line is dead');
  };
  await expect(folder.split(broken())).rejects.toThrow('the line is dead');
  const again = await folder.split(inChunks(first));
  expect(again.files).toBe(0);
  expect(await folder.wrong(again)).toEqual([]);
});
