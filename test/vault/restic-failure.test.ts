import { describe, expect, test } from 'vitest';
import { failureType } from '../../activities/failure.ts';
import type { Place } from '../../activities/vault/place.ts';
import { isHopeless, resticFailure } from '../../activities/vault/restic-failure.ts';

const folder: Place = { site: 'dc1', repository: '/srv/vault', password: { env: 'P' }, environment: {} };
const bucket: Place = { ...folder, repository: 's3:https://s3.example.com/bucket' };
const typeOf = (place: Place, stderr: string, code = 1) =>
  failureType(resticFailure(place, 'store app', { code, signal: null, stderr }));

describe('what restic says becomes a typed failure', () => {
  test.each([
    ['Fatal: wrong password or no key found', 'Refused'],
    [
      'Fatal: unable to open config file: stat /srv/vault/config: no such file or directory\nIs there a repository at the following location?\n/srv/vault',
      'Unavailable',
    ],
    ['Fatal: unable to save snapshot: write /srv/vault/data/5d/5d61-tmp-126: no space left on device', 'NoSpace'],
    [
      'unable to create lock in backend: repository is already locked by PID 29178 on vm by root (UID 0, GID 0)',
      'Unavailable',
    ],
    ['Fatal: unable to create lock in backend: open /srv/vault/locks/47-tmp-1: permission denied', 'Refused'],
    ['cannot dump file: decrypting blob a3e347 failed: ciphertext verification failed', 'Damaged'],
    ['cannot dump file: decrypting blob a3e347 failed: nonce is invalid', 'Damaged'],
    ['loading tree for snapshot "latest" failed: id d1d153 not found in repository', 'Damaged'],
    [
      'cannot dump file: ReadFull(<data/445beed2de>): open /srv/vault/data/44/445b: no such file or directory',
      'Damaged',
    ],
    ['cannot dump file: ReadFull(<data/445beed2de>): unexpected EOF', 'Damaged'],
    ['signal: killed', 'Unavailable'],
    ['', 'Unavailable'],
  ])('%s', (stderr, type) => {
    expect(typeOf(folder, stderr)).toBe(type);
  });

  test('exit codes, which restic has from 0.17 on, count before words', () => {
    expect(typeOf(folder, 'anything', 12)).toBe('Refused');
    expect(typeOf(folder, 'anything', 11)).toBe('Unavailable');
  });

  test('a broken connection is not damage, though it ends early and cannot open the config file', () => {
    const broken =
      'Fatal: unable to open config file: Stat: Head "https://s3.example.com/bucket/config": dial tcp: connection refused\nIs there a repository at the following location?';
    expect(typeOf(bucket, broken)).toBe('Unavailable');
    expect(resticFailure(bucket, 'x', { code: 1, signal: null, stderr: broken }).message).not.toContain(
      'there is no repository',
    );
    expect(typeOf(bucket, 'ReadFull(<data/445beed2de>): unexpected EOF')).toBe('Unavailable');
  });
});

test('trying again is in vain for what is missing, forbidden or full; a broken connection may come back', () => {
  const again = (why: string) =>
    `Load(<data/445beed2de>, 1261901, 2012853) returned error, retrying after 552.330144ms: ${why}`;
  const broken = again('read tcp 10.0.0.1: connection reset by peer');
  expect(isHopeless(again('open /srv/vault/data/44/445b: no such file or directory'), true)).toBe(true);
  expect(isHopeless('Save(<lock/4711>) returned error, retrying after 1s: permission denied', true)).toBe(true);
  expect(isHopeless(broken, true)).toBe(false);
  expect(isHopeless('no such file or directory', true)).toBe(false);
  // A list can be asked for again; nothing has begun while a repository is opened.
  expect(isHopeless(broken, false)).toBe(true);
  expect(isHopeless('Stat(<config/>) returned error, retrying after 715ms: connection refused', true)).toBe(true);
});
