/**
 * Names that a program needs to find its files, its temporary folder, its certificates and its way through a proxy. All
 * else of our own environment, secrets among it, stays with us.
 */
const NEEDED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'XDG_RUNTIME_DIR',
];
const NEEDED_ON_WINDOWS = [
  'Path',
  'PATHEXT',
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'ProgramFiles',
];

/** The part of our own environment that a child gets, and what it needs besides. Secrets go this way only. */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const names = process.platform === 'win32' ? [...NEEDED, ...NEEDED_ON_WINDOWS] : NEEDED;
  const inherited = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...more };
}
