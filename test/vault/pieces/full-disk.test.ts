import { execFile } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, failureType } from '../../../activities/failure.ts';
import { folderFailure } from '../../../activities/vault/pieces/space.ts';
import { failed, madePair, manifestOf, noise, type PairOfVaults, points, streamOf, work } from '../pair-of-vaults.ts';
import { packageOf } from './packages.ts';
import { sha256 } from './scratch-folder.ts';

const run = promisify(execFile);
let pair: PairOfVaults;
/** A small disk of its own for the pieces of site a; only root may make one. */
let disk: string | undefined;
beforeAll(async () => {
  pair = await madePair();
  const place = join(pair.folder, 'a', 'cache', 'pieces');
  await mkdir(place, { recursive: true });
  disk = await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'pieces', place]).then(
    () => place,
    () => undefined,
  );
});
afterAll(async () => {
  if (disk) await run('umount', [disk]);
  await pair.remove();
});

const store = (sequence: number, bytes: Buffer) =>
  pair.a.store(work(), {
    point: `e1.s${sequence}`,
    component: 'flow',
    file: 'package.fsconfig',
    stream: streamOf(bytes),
    format: 'zip',
  });

test('a full disk is said, blocks, and loses nothing; with room made it goes on', async (context) => {
  if (!disk) return context.skip();
  const bytes = packageOf(1).subarray(0, 1_200_000);
  const first = await store(1, bytes);
  await pair.a.seal(work(), manifestOf('e1.s1', 'a', { flow: { ...first, file: 'package.fsconfig' } }));
  const before = await statfs(disk);

  const error = await failed(store(2, packageOf(2, 120)));
  expect(failureType(error)).toBe('NoSpace');
  expect(error.message).toMatch(/disk of .*pieces.* is full.*Make room/s);
  expect(await points(pair.a)).toEqual(['e1.s1']);
  // What did not fit is gone: the site has to write down what happened.
  expect((await statfs(disk)).bfree).toBeGreaterThanOrEqual(before.bfree);
  const again = await store(2, bytes);
  expect(again.sha256).toBe(sha256(bytes));

  await writeFile(join(disk, 'other'), noise(600_000));
  expect(failureType(await failed(store(3, packageOf(2, 120))))).toBe('NoSpace');
  await rm(join(disk, 'other'));
  await run('mount', ['-o', 'remount,size=8m', disk]);
  expect((await store(3, packageOf(2, 120))).layout).toBe('pieces');
});

test('what a system says of a folder becomes a failure that a person can act on', () => {
  const said = (code: string): string | undefined => {
    const error = Object.assign(new Error(`${code}: something`), { code });
    return failureType(folderFailure(error, 'the folder'));
  };
  expect(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO'].map(said)).toEqual([
    'NoSpace',
    'NoSpace',
    'Refused',
    'Refused',
    'Unavailable',
  ]);
  const typed = failure('Damaged', 'told already');
  expect(folderFailure(typed, 'the folder')).toBe(typed);
});
