import { rename } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { failure, failureType } from '../../activities/failure.ts';
import type { Secret } from '../../model/config.ts';
import {
  copyOf,
  emptyPair,
  failed,
  fingerprint,
  freshPair,
  makePoint,
  noise,
  PASSWORDS,
  type PairOfVaults,
  points,
  restic,
  sizeOf,
  work,
} from './pair-of-vaults.ts';

let made: PairOfVaults;
let pair: PairOfVaults;
beforeAll(async () => {
  made = await freshPair();
});
afterAll(() => made.remove());
beforeEach(async () => {
  pair = await copyOf(made);
});
afterEach(() => pair.remove());

test('the second vault is made with the chunker parameters of the first', async () => {
  const polynomial = async (site: 'a' | 'b') =>
    JSON.parse(await restic(pair, site, 'cat', 'config')).chunker_polynomial;
  expect(await polynomial('b')).toBe(await polynomial('a'));
});

test('after a failover the other direction stores again only what changed', async () => {
  const data = noise(12_000_000);
  await makePoint(pair.a, 'a', 'e1.s1', { app: data });
  await pair.b.pull(work(), 'e1.s1');
  const before = { a: await sizeOf(pair.repository('a')), b: await sizeOf(pair.repository('b')) };

  // Now b is active; a few bytes were inserted, which moves everything behind them.
  const changed = Buffer.concat([
    data.subarray(0, 5_000_000),
    Buffer.from('a few bytes more'),
    data.subarray(5_000_000),
  ]);
  await makePoint(pair.b, 'b', 'e2.s1', { app: changed });
  await pair.a.pull(work(), 'e2.s1');

  expect((await sizeOf(pair.repository('b'))) - before.b).toBeLessThan(6_000_000);
  expect((await sizeOf(pair.repository('a'))) - before.a).toBeLessThan(6_000_000);
  expect(await points(pair.a)).toEqual(['e1.s1', 'e2.s1']);
});

test('making it again changes nothing, also from another worker', async () => {
  const before = await fingerprint(pair.repository('a'));
  await pair.a.create(work());
  await pair.open('a', { cache: 'another' }).create(work());
  expect(await fingerprint(pair.repository('a'))).toEqual(before);
});

test('a wrong password is said so, without the password', async () => {
  const config = { repository: pair.repository('a'), password: { env: 'not-the-password' } };
  const error = await failed(pair.open('a', { config }).create(work()));
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toContain('the password does not open the vault of a');
  expect(error.message).not.toContain('not-the-password');
});

test('the vault of another pair, or of the other site, is not taken', async () => {
  const stranger = await failed(pair.open('a', { pair: 'billing' }).create(work()));
  expect(failureType(stranger)).toBe('Refused');
  expect(stranger.message).toContain('belongs to the pair "orders"');

  const [a, b] = [
    { repository: pair.repository('a'), password: { env: 'a' } },
    { repository: pair.repository('b'), password: { env: 'b' } },
  ];
  const crossed = await failed(pair.open('a', { config: b, peer: a }).create(work()));
  expect(crossed.message).toContain('is the vault of the site "b"');

  const same = await failed(pair.open('a', { config: a, peer: a }).create(work()));
  expect(same.message).toContain('each site needs a vault of its own');
});

test('a vault that was there and is gone is not made anew: its disk may not be mounted', async () => {
  await pair.a.create(work());
  await rename(pair.repository('a'), `${pair.repository('a')}.away`);
  const error = await failed(pair.a.create(work()));
  expect(failureType(error)).toBe('Refused');
  expect(error.message).toContain('Is its disk mounted?');
  expect(failureType(await failed(pair.a.manifests(work())))).toBe('Unavailable');
});

test('check says what is right, and what is wrong with what to do', async () => {
  await makePoint(pair.a, 'a', 'e1.s1', { app: noise(1000) });
  const [before, beforePeer] = [await fingerprint(pair.repository('a')), await fingerprint(pair.repository('b'))];
  const good = await pair.a.check(work());
  expect(good.filter((finding) => finding.level !== 'ok')).toEqual([]);
  expect(new Set(good.map((finding) => finding.topic))).toEqual(
    new Set(['restic', 'vault', 'vault-owner', 'vault-chunker', 'vault-room']),
  );
  expect(await fingerprint(pair.repository('a'))).toEqual(before);
  expect(await fingerprint(pair.repository('b'))).toEqual(beforePeer);

  const peer = { repository: pair.repository('b'), password: { env: 'wrong' }, environment: { AWS_REGION: 'x' } };
  const config = { repository: pair.repository('a'), password: { env: 'a' }, environment: { AWS_REGION: 'y' } };
  const bad = await pair.open('a', { config, peer }).check(work());
  expect(bad.filter(({ level }) => level === 'error').map(({ topic, site }) => `${topic} ${site}`)).toEqual([
    'vault-environment a',
    'vault b',
  ]);
  const missing = await pair.open('a', { restic: '/nowhere/restic' }).check(work());
  expect(missing).toMatchObject([{ level: 'error', topic: 'restic', todo: 'install restic 0.14 or newer' }]);
});

test('check says who looked where it is the peer, and of a secret that is missing how to give it', async () => {
  const env = (secret: Secret) => ('env' in secret ? secret.env : '');
  const b = pair.open('b', {
    resolve: async (secret) => {
      if (env(secret) === 'a') throw failure('Refused', 'the environment variable a is not set');
      return PASSWORDS.b;
    },
  });
  const findings = (await b.check(work())).filter(({ topic }) => topic.startsWith('vault'));
  expect(findings.filter(({ site }) => site === 'a')).toEqual([
    {
      level: 'error',
      topic: 'vault',
      site: 'a',
      says: 'seen from b: the environment variable a is not set',
      todo: 'give it to the worker of b: export a="…"',
    },
  ]);
  const own = findings.filter(({ topic }) => topic === 'vault' || topic === 'vault-owner');
  expect(own.filter(({ site }) => site === 'b').map(({ says }) => says.startsWith('the vault of b'))).toEqual([
    true,
    true,
  ]);
  const seen = (await pair.a.check(work())).filter(({ site }) => site === 'b').map(({ says }) => says);
  expect(seen).toEqual([
    expect.stringMatching(/^seen from a: the vault of b .* can be read$/),
    expect.stringMatching(/^seen from a: the vault of b .* is marked/),
  ]);
});

test('two vaults that were made apart are found by check', async () => {
  const apart = await emptyPair();
  try {
    await apart.a.create(work());
    await apart.open('b', { peer: { repository: `${apart.folder}/nothing`, password: { env: 'a' } } }).create(work());
    const findings = await apart.a.check(work());
    expect(findings.find(({ topic }) => topic === 'vault-chunker')?.level).toBe('warning');
  } finally {
    await apart.remove();
  }
});
