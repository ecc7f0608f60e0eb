import { describe, expect, test } from 'vitest';
import { earlierLife, firstNumber, type Traces } from '../../model/earlier-life.ts';
import type { Role } from '../../model/record.ts';

/** What is left where both records are lost. Site `a` reads b's mirror, and site `b` reads a's. */
const traces = (site: 'a' | 'b', change: Partial<Traces> = {}): Traces => ({
  ...{ site, peerMirror: null, newestPoint: null, highest: 0 },
  ...change,
});
const mirror = (role: Role, epoch: number): Pick<Traces, 'peerMirror'> => ({
  peerMirror: { role, epoch, number: epoch },
});
const point = (id: string, site: string, epoch: number): Pick<Traces, 'newestPoint'> => ({
  newestPoint: { id, site, epoch },
});

describe('Vaults of a pair whose records are lost', () => {
  test('tell nothing where the pair is new', () => {
    expect(earlierLife([traces('a'), traces('b')])).toBeNull();
  });

  test.each<[string, Traces, Traces, string]>([
    ['a mirror of an active site', traces('a', mirror('active', 4)), traces('b', mirror('standby', 1)), 'b'],
    ['one of a site that was being promoted', traces('a', mirror('promoting', 4)), traces('b'), 'b'],
    ['only the mirror of the other one, which gave its role up', traces('a'), traces('b', mirror('standby', 4)), 'b'],
    ['one of a site that was fenced', traces('a', mirror('outdated', 1)), traces('b'), 'a'],
    [
      'one that had begun to give its role up',
      traces('a', mirror('standby', 1)),
      traces('b', mirror('demoting', 4)),
      'a',
    ],
    ['both at the change', traces('a', mirror('active', 4)), traces('b', mirror('demoting', 4)), 'b'],
    [
      'a point that is newer than each mirror',
      traces('a', mirror('standby', 1)),
      traces('b', point('e6.s2', 'b', 6)),
      'b',
    ],
    ['an older point', traces('a', { ...point('e1.s9', 'a', 1), ...mirror('active', 4) }), traces('b'), 'b'],
  ])('name the site that held the role last, by %s', (_, a, b, active) => {
    expect(earlierLife([a, b])).toMatchObject({ active });
    expect(earlierLife([b, a])).toMatchObject({ active });
  });

  test('name every number that was used, also of claims that changed no role', () => {
    expect(
      earlierLife([traces('a', { ...mirror('active', 4), highest: 9 }), traces('b', point('e1.s1', 'a', 1))]),
    ).toMatchObject({
      highest: 9,
    });
  });
});

test('The first number of the new records is above all that were used, and of the parity of the active site', () => {
  expect([firstNumber(1, 0), firstNumber(2, 0)]).toEqual([1, 2]);
  expect([firstNumber(1, 4), firstNumber(2, 4)]).toEqual([5, 6]);
  expect([firstNumber(1, 9), firstNumber(2, 9)]).toEqual([11, 10]);
});
