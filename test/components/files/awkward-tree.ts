import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export const isRoot = process.getuid?.() === 0;

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
export const hasRsync = has('rsync');
const hasAttributes = has('setfattr') && has('setfacl');

/** A tree with all that people's trees have and copies get wrong. Root has more of it: owners, devices, attributes. */
export function makeAwkwardTree(root: string): void {
  const at = (name: string) => join(root, name);
  const run = (program: string, ...parameters: string[]) => execFileSync(program, parameters, { stdio: 'ignore' });
  mkdirSync(at('a/b/c'), { recursive: true });
  mkdirSync(at('empty'));
  writeFileSync(at('a/file'), 'hello');
  linkSync(at('a/file'), at('z-hard'));
  linkSync(at('a/file'), at('a/b/hard'));
  symlinkSync('/etc/hostname', at('absolute'));
  symlinkSync('../../outside', at('a/outside'));
  symlinkSync('dangling\nwith newline', at('odd-link'));
  symlinkSync('t'.repeat(3_000), at('long-link'));
  linkSync(at('absolute'), at('hard-link-of-a-link'));
  for (const name of ['new\nline', '-rf', '--help', ' spaces ', 'tab\tand\\', '*?[x]', 'ä€𝄞', 'n'.repeat(255)])
    writeFileSync(at(name), name);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/not-utf8-`), Buffer.from([0xff, 0xfe, 0x0a])]), 'bytes');
  mkdirSync(at(Array(12).fill('deep'.repeat(50)).join('/')), { recursive: true });
  writeFileSync(at(`${Array(12).fill('deep'.repeat(50)).join('/')}/bottom`), 'b');

  writeFileSync(at('sparse'), '');
  truncateSync(at('sparse'), 50_000_000);
  run('dd', 'if=/dev/zero', `of=${at('sparse')}`, 'bs=1', 'count=1', 'seek=20000000', 'conv=notrunc');
  writeFileSync(at('only-a-hole'), '');
  truncateSync(at('only-a-hole'), 1_000_000);
  writeFileSync(at('large'), Buffer.alloc(3_000_001, 'understudy'));

  for (const [name, date] of [
    ['before-1970', '1969-12-31T23:59:58.5Z'],
    ['nanoseconds', '2020-09-13T12:26:40.123456789Z'],
    ['future', '2286-11-20T17:46:40.000000001Z'],
  ] as const) {
    writeFileSync(at(name), name);
    run('touch', '-d', date, at(name));
  }
  run('touch', '-h', '-d', '2017-07-14T02:40:00.000000007Z', at('absolute'));
  writeFileSync(at('no-rights'), 'x');
  chmodSync(at('no-rights'), isRoot ? 0 : 0o400);
  mkdirSync(at('sticky'));
  chmodSync(at('sticky'), 0o3777);
  run('mkfifo', '-m', '640', at('fifo'));
  mkdirSync(at('closed'));
  writeFileSync(at('closed/inside'), 'inside');
  chmodSync(at('closed'), 0o555);

  if (isRoot) {
    writeFileSync(at('setuid'), 's');
    chownSync(at('setuid'), 1_234, 4_321);
    chmodSync(at('setuid'), 0o6755);
    writeFileSync(at('large-ids'), 's');
    chownSync(at('large-ids'), 4_000_000_000, 3_999_999_999);
    lchownSync(at('absolute'), 77, 78);
    run('mknod', at('device'), 'c', '1', '3');
  }
  if (hasAttributes) {
    run('setfattr', '-n', 'user.binary', '-v', '0x00ff0a3d', at('large'));
    run('setfattr', '-n', 'user.folder', '-v', 'text', at('a'));
    run('setfacl', '-m', 'u:12345:r,g:root:rw', at('a/file'));
    run('setfacl', '-d', '-m', 'u:33:rwx', at('a/b'));
  }
  utimesSync(at('a/b'), 1_300_000_000, 1_300_000_000.25);
  utimesSync(root, 1_300_000_001, 1_300_000_001);
}

/** What rsync would change to make `to` equal `from`: nothing, if a restore is exact. */
export const rsyncDifferences = (from: string, to: string): string =>
  execFileSync('rsync', ['-aHAXnci', '--delete', `${from}/`, `${to}/`], { encoding: 'utf8' });

/** The same question without rsync: names, types, rights, owners, times, links and contents, by find and sha256sum. */
export const listing = (root: string): string =>
  execFileSync(
    'sh',
    [
      '-c',
      `cd "$1" && export LC_ALL=C && find . -printf '%P %y %m %U %G %n %T@ %l' -type f -size -4000k -printf ' %s ' -exec sha256sum {} \\; -o -printf '\\n' -name x | sort`,
      'sh',
      root,
    ],
    { encoding: 'latin1', maxBuffer: 1e9 },
  );
