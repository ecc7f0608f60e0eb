import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { milliseconds, words, written } from '../../model/duration.ts';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('%s is %d ms', (text, ms) => expect(milliseconds(text)).toBe(ms));

  it.each(['', '15', '15 m', '1.5h', '-1s', '1h30m', 'm', '15M', '99999999999999999d'])('is not "%s"', (text) =>
    expect(milliseconds(text)).toBeUndefined(),
  );

  it('is written as it is read', () => {
    fc.assert(fc.property(fc.nat(), (ms) => milliseconds(written(ms)) === ms));
    expect([0, 60_000, 90_000, 86_400_000, 1_001].map(written)).toEqual(['0s', '1m', '90s', '1d', '1001ms']);
  });

  it.each([
    [340, '340 ms'],
    [12_300, '12.3 s'],
    [59_980, '1 min 0 s'],
    [119_600, '2 min 0 s'],
    [3_599_700, '1 h 0 min'],
    [3_840_000, '1 h 4 min'],
    [180_000_000, '2 d 2 h'],
  ])('%d ms is told as %s', (ms, text) => expect(words(ms)).toBe(text));
});
