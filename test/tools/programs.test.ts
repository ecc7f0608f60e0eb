import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NotHere, onPath, ProgramMissing } from '../../tools/lookup.ts';
import { ensureRestic, ensureTemporalCli, ensureTestServer } from '../../tools/programs.ts';
import { fakeMachine, fakeProgram } from './fake-programs.ts';

const refuse = (why: string) => async (): Promise<never> => {
  throw new NotHere(why);
};
const mustNotBeAsked = async (): Promise<never> => {
  throw new Error('this source must not be asked');
};

describe.skipIf(process.platform === 'win32')('the Temporal CLI', () => {
  test('is the one that UNDERSTUDY_TEMPORAL_CLI names, before any other', async () => {
    const machine = await fakeMachine();
    await fakeProgram(join(machine.bin, 'temporal'), 'temporal version 1.8.2');
    const named = await fakeProgram(join(machine.cache, 'mine'), 'whatever');
    const env = { ...machine.surroundings.env, UNDERSTUDY_TEMPORAL_CLI: named };
    expect(await ensureTemporalCli({ ...machine, surroundings: { env } })).toBe(named);
  });

  test('is refused, and not replaced, where UNDERSTUDY_TEMPORAL_CLI names none', async () => {
    const machine = await fakeMachine();
    const env = { ...machine.surroundings.env, UNDERSTUDY_TEMPORAL_CLI: '/nowhere/temporal' };
    await expect(ensureTemporalCli({ ...machine, surroundings: { env } })).rejects.toThrow(
      'UNDERSTUDY_TEMPORAL_CLI names /nowhere/temporal, which is not an executable file',
    );
  });

  test('is the one on PATH, if it is new enough', async () => {
    const machine = await fakeMachine();
    const path = await fakeProgram(join(machine.bin, 'temporal'), 'temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)');
    expect(await ensureTemporalCli({ ...machine, download: mustNotBeAsked, build: mustNotBeAsked })).toBe(path);
  });

  test('is got where the one on PATH is too old', async () => {
    const machine = await fakeMachine();
    await fakeProgram(join(machine.bin, 'temporal'), 'temporal version 0.13.2 (Server 1.24.2)');
    const download = async (into: string) => void (await fakeProgram(join(into, 'temporal'), 'new'));
    const path = await ensureTemporalCli({ ...machine, download, build: mustNotBeAsked });
    expect(path.startsWith(machine.cache)).toBe(true);
  });

  test('is built where the download is not possible, and taken from the cache the next time', async () => {
    const machine = await fakeMachine();
    const build = async (into: string) => void (await fakeProgram(join(into, 'temporal'), 'built'));
    const first = await ensureTemporalCli({ ...machine, download: refuse('no network'), build });
    const second = await ensureTemporalCli({ ...machine, download: mustNotBeAsked, build: mustNotBeAsked });
    expect(second).toBe(first);
  });

  test('is asked for by one message with a command a platform where nothing helps, and leaves no half of it', async () => {
    const machine = await fakeMachine();
    const build = async (into: string) => {
      await fakeProgram(join(into, 'temporal.part'), 'half');
      throw new Error('the disk is full');
    };
    const missing = await ensureTemporalCli({ ...machine, download: refuse('no network'), build }).catch((e) => e);
    expect(missing).toBeInstanceOf(ProgramMissing);
    expect(missing.tried).toEqual(['PATH: no temporal', 'download: no network', 'built by Go: the disk is full']);
    expect(missing.cause.message).toBe('the disk is full');
    for (const part of ['Debian, Ubuntu', 'macOS', 'Windows', 'brew install temporal']) {
      expect(missing.message).toContain(part);
    }
    const left = await readdir(join(machine.cache, 'temporal-cli'));
    expect(left.filter((name) => !name.endsWith('.lock'))).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('restic', () => {
  test('is the configured one, whatever its version', async () => {
    const machine = await fakeMachine();
    const configured = await fakeProgram(join(machine.cache, 'restic-patched'), 'restic 0.9.6');
    expect(await ensureRestic({ ...machine, configured, unpack: mustNotBeAsked })).toBe(configured);
  });

  test('is refused, and not replaced, where the configured path leads nowhere', async () => {
    const machine = await fakeMachine();
    await fakeProgram(join(machine.bin, 'restic'), 'restic 0.18.0');
    await expect(ensureRestic({ ...machine, configured: '/opt/restic' })).rejects.toThrow(
      /configured restic is \/opt\/restic/,
    );
  });

  test('is the one on PATH from 0.14 on', async () => {
    const machine = await fakeMachine();
    const path = await fakeProgram(join(machine.bin, 'restic'), 'restic 0.14.0 compiled with go1.19.8 on linux/amd64');
    expect(await ensureRestic({ ...machine, unpack: mustNotBeAsked })).toBe(path);
  });

  test('is the package of the distribution where the one on PATH is older', async () => {
    const machine = await fakeMachine();
    await fakeProgram(join(machine.bin, 'restic'), 'restic 0.13.1 compiled with go1.18');
    const unpack = async (into: string) =>
      void (await fakeProgram(join(into, 'usr', 'bin', 'restic'), 'restic 0.14.0'));
    const path = await ensureRestic({ ...machine, unpack });
    expect(path.startsWith(machine.cache)).toBe(true);
    expect(await ensureRestic({ ...machine, unpack: mustNotBeAsked })).toBe(path);
  });

  test('is asked for by name and command where it cannot be had', async () => {
    const machine = await fakeMachine();
    const missing = await ensureRestic({ ...machine, unpack: refuse('this is not Debian or Ubuntu') }).catch((e) => e);
    expect(missing).toBeInstanceOf(ProgramMissing);
    expect(missing.message).toBe(
      [
        'restic is needed, was not found and could not be fetched.',
        'Tried:',
        '  - PATH: no restic',
        '  - package of the distribution: this is not Debian or Ubuntu',
        'Install it, then start again:',
        '  Debian, Ubuntu   sudo apt-get install restic',
        '  macOS            brew install restic',
        '  Windows          winget install --exact --id restic.restic',
      ].join('\n'),
    );
  });
});

describe.skipIf(process.platform === 'win32')('the test server', () => {
  test('is left to the SDK, with one line that says why, where there is no Java', async () => {
    const machine = await fakeMachine();
    expect(await ensureTestServer({ ...machine, copy: mustNotBeAsked })).toBeUndefined();
    expect(machine.said).toEqual(["Temporal test server: left to the SDK's own download (no java)"]);
  });

  test('is left to the SDK where Maven cannot get it', async () => {
    const machine = await fakeMachine();
    await fakeProgram(join(machine.bin, 'java'), 'openjdk version "17.0.15" 2025-04-15');
    expect(await ensureTestServer({ ...machine, copy: refuse('no mvn on PATH') })).toBeUndefined();
    expect(machine.said.join()).toContain('no mvn on PATH');
  });
});

test.skipIf(process.platform === 'win32')('PATH is read as the platform reads it', async () => {
  const machine = await fakeMachine();
  const script = await fakeProgram(join(machine.bin, 'mvn.CMD'), '');
  const env = { Path: `C:\\nowhere;${machine.bin}`, PATHEXT: '.EXE;.CMD' };
  expect(await onPath('mvn', { env, platform: 'win32' })).toBe(script);
  expect(await onPath('mvn', { env: { PATH: `/nowhere:${machine.bin}` }, platform: 'linux' })).toBeUndefined();
});
