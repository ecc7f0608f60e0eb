import { describe, expect, test } from 'vitest';
import { notStarted } from '../../activities/run/batch-file.ts';
import { checkProgram, type Machine } from '../../activities/run/find-program.ts';

const windows = (...files: readonly string[]): Machine => ({
  platform: 'win32',
  env: { Path: 'C:\\tools;C:\\scripts', PATHEXT: '.COM;.EXE;.BAT;.CMD' },
  isThere: async (path) => files.some((file) => file.toLowerCase() === path.toLowerCase()),
});
const check = (program: string, machine: Machine) =>
  checkProgram('program', { command: [program], timeout: 1_000 }, machine);

describe('a program on Windows', () => {
  test.each([
    ['halt', 'C:\\scripts\\halt.cmd'],
    ['halt.bat', 'C:\\scripts\\halt.bat'],
    ['D:\\dr\\halt.cmd', 'D:\\dr\\halt.cmd'],
    ['D:\\dr\\halt', 'D:\\dr\\halt.CMD'],
  ])('%s is not fine when it is a batch file, and what to write instead is said', async (program, file) => {
    const [found, ...more] = await check(program, windows(file));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ level: 'error', says: expect.stringContaining('cannot be started without a shell') });
    expect(found?.todo?.toLowerCase()).toContain(`[cmd.exe, /d, /c, '${file.toLowerCase()}'`);
  });

  test.each([
    ['node', 'C:\\tools\\node.exe'],
    ['node.exe', 'C:\\tools\\node.exe'],
    ['D:\\dr\\halt.exe', 'D:\\dr\\halt.exe'],
    ['tool.v2', 'C:\\scripts\\tool.v2.exe'],
  ])('%s is fine', async (program, file) => {
    expect(await check(program, windows(file))).toEqual([]);
  });

  test('is found though a batch file of its name comes first: only the program is started', async () => {
    expect(await check('halt', windows('C:\\tools\\halt.cmd', 'C:\\scripts\\halt.exe'))).toEqual([]);
  });

  test('is not there', async () => {
    expect(await check('halt', windows())).toMatchObject([{ says: expect.stringContaining('is not there') }]);
    expect(await check('halt.cmd', windows())).toMatchObject([{ says: expect.stringContaining('is not there') }]);
  });
});

test('elsewhere a name that ends like a batch file is a name like any other', async () => {
  const machine: Machine = { platform: 'linux', env: { PATH: '/bin' }, isThere: async (path) => path === '/bin/a.cmd' };
  expect(await check('a.cmd', machine)).toEqual([]);
});

test('what a start came to says the same', () => {
  expect(notStarted('halt.cmd', 'EINVAL', 'win32')).toMatch(/batch file.*\[cmd\.exe, \/d, \/c, 'halt\.cmd'/);
  expect(notStarted('halt', 'ENOENT', 'win32')).toMatch(/no such program.*\[cmd\.exe, \/d, \/c, 'halt\.cmd'/);
  expect(notStarted('halt', 'ENOENT', 'linux')).not.toContain('cmd');
  expect(notStarted('halt', 'EINVAL', 'win32')).toMatch(/command or environment is not valid/);
});
