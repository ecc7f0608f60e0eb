import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheFolder, cacheRoot, fromCache } from '../../tools/cache.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { scratch } from './fake-programs.ts';

describe('the cache is the user’s own', () => {
  const at = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home: string) => cacheRoot({ platform, env, home });

  test('under XDG_CACHE_HOME or ~/.cache on Linux', () => {
    expect(at('linux', {}, '/home/ann')).toBe('/home/ann/.cache/understudy');
    expect(at('linux', { XDG_CACHE_HOME: '/var/ann' }, '/home/ann')).toBe('/var/ann/understudy');
  });

  test('under ~/Library/Caches on macOS', () => {
    expect(at('darwin', {}, '/Users/ann')).toBe('/Users/ann/Library/Caches/understudy');
  });

  test('under %LOCALAPPDATA% on Windows', () => {
    const env = { LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local' };
    expect(at('win32', env, 'C:\\Users\\ann')).toBe('C:\\Users\\ann\\AppData\\Local\\understudy\\Cache');
    expect(at('win32', {}, 'C:\\Users\\ann')).toBe('C:\\Users\\ann\\AppData\\Local\\understudy\\Cache');
  });

  test('or where UNDERSTUDY_CACHE says, on each of them', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      expect(at(platform, { UNDERSTUDY_CACHE: '/mnt/cache' }, '/home/ann')).toBe('/mnt/cache');
    }
  });

  test('with one folder for each program, version, platform and processor', () => {
    const surroundings = { env: { UNDERSTUDY_CACHE: '/c' }, platform: 'linux', arch: 'arm64' } as const;
    expect(cacheFolder('restic', 'debian-12', surroundings)).toBe(join('/c', 'restic', 'debian-12-linux-arm64'));
  });
});

describe('an entry of the cache', () => {
  test('is filled once for many who ask at once', async () => {
    const folder = join(await scratch(), 'program', '1');
    let fillings = 0;
    const ask = () =>
      fromCache({
        title: 'program',
        folder,
        executable: 'program',
        say: () => {},
        fill: async (into) => {
          fillings++;
          await writeFile(join(into, 'program'), 'whole');
        },
      });
    const paths = await Promise.all(Array.from({ length: 8 }, ask));
    expect(new Set(paths)).toEqual(new Set([join(folder, 'program')]));
    expect(fillings).toBe(1);
  });

  test('is not there before it is whole, and the next one who asks clears a failed try away and succeeds', async () => {
    const root = await scratch();
    const folder = join(root, '1');
    const ask = (fill: (into: string) => Promise<void>) =>
      fromCache({ title: 'program', folder, executable: 'program', say: () => {}, fill });
    await expect(
      ask(async (into) => {
        await writeFile(join(into, 'program'), 'half');
        expect(existsSync(folder)).toBe(false);
        throw new Error('interrupted');
      }),
    ).rejects.toThrow('interrupted');
    expect(existsSync(folder)).toBe(false);
    // What a process that was killed while it filled leaves behind.
    await mkdir(join(root, '1.tmp-killed'));
    await ask((into) => writeFile(join(into, 'program'), 'whole'));
    expect(await readFile(join(folder, 'program'), 'utf8')).toBe('whole');
    expect(await readdir(root)).toEqual(['1', '1.lock']);
  });

  test('is refused where the executable is missing in what was fetched', async () => {
    const folder = join(await scratch(), '1');
    const entry = { title: 'program 1', folder, executable: 'program', say: () => {}, fill: async () => {} };
    await expect(fromCache(entry)).rejects.toThrow('program 1: program is missing in what was fetched');
    expect(existsSync(folder)).toBe(false);
  });

  test('is filled by the one who waits, when the process that filled it is killed', async () => {
    const root = await scratch();
    const folder = join(root, '1');
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD_THE_LOCK, `${folder}.lock`], {
      cwd: packageRoot(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const said: string[] = [];
    const path = fromCache({
      title: 'program',
      folder,
      executable: 'program',
      say: (line) => {
        said.push(line);
        // It waits now; only the death of the other one can end that.
        holder.kill('SIGKILL');
      },
      fill: (into) => writeFile(join(into, 'program'), 'whole'),
    });
    expect(await readFile(await path, 'utf8')).toBe('whole');
    // Who waits for long says so again.
    const [first, ...more] = said;
    expect(first).toBe('program: waiting for another process that is getting it …');
    expect(more.filter((line) => !/^program: \d+:\d\d$/.test(line))).toEqual([]);
  });
});

const HOLD_THE_LOCK = `
  import { openSync } from 'node:fs';
  import locks from 'fs-native-extensions';
  if (!locks.tryLock(openSync(process.argv[1], 'a+'))) process.exit(1);
  console.log('held');
  setInterval(() => {}, 1000);
`;
