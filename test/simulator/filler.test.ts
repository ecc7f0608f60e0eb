import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fillerSize, fillerStream, isText } from '../../demo/simulator/migration/filler.ts';
import type { FillerSpec } from '../../demo/simulator/migration/package.ts';

/** As the measurement of a sync uses it. */
const SPEC: FillerSpec = {
  bytes: 760_000_000,
  entries: 2600,
  seed: 'a test',
  generation: 0,
  changed: 26,
  sizes: 'mixed',
  text: 0.5,
};
const all = Array.from({ length: SPEC.entries }, (_, index) => index);
const contentOf = (spec: FillerSpec, index: number) => buffer(fillerStream(spec, index));

describe('filler of packages', () => {
  it('has sizes from 1 KB to 20 MB, whose sum is what was asked for', () => {
    const sizes = all.map((index) => fillerSize(SPEC, index));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1024);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20_000_000);
    expect(Math.max(...sizes)).toBeGreaterThan(10_000_000);
    const sum = sizes.reduce((total, size) => total + size, 0);
    expect(Math.abs(sum - SPEC.bytes)).toBeLessThan(SPEC.bytes / 1000);
  });

  it('is half text, which shrinks to about a third, and half not to be compressed', async () => {
    const texts = all.filter((index) => isText(SPEC, index));
    expect(texts.length / all.length).toBeGreaterThan(0.45);
    expect(texts.length / all.length).toBeLessThan(0.55);
    for (const index of all.filter((each) => fillerSize(SPEC, each) > 50_000).slice(0, 20)) {
      const content = await contentOf(SPEC, index);
      const ratio = deflateRawSync(content).length / content.length;
      if (isText(SPEC, index)) expect(ratio).toBeLessThan(0.4);
      else expect(ratio).toBeGreaterThan(0.99);
    }
  });

  it('is the same each time, in its whole length, and another with another seed', async () => {
    for (const index of [0, 30, 31, 32, 33]) {
      const content = await contentOf(SPEC, index);
      expect(content.length).toBe(fillerSize(SPEC, index));
      expect(content.equals(await contentOf(SPEC, index))).toBe(true);
      const other = await contentOf({ ...SPEC, seed: 'another', sizes: 'even' }, index);
      expect(other.subarray(0, 1000).equals(content.subarray(0, 1000))).toBe(false);
    }
  });

  it('changes in the first entries only, from one generation to the next, and never in size', async () => {
    const next = { ...SPEC, generation: 1 };
    for (const index of [0, 1, SPEC.changed - 1, SPEC.changed, SPEC.changed + 1]) {
      const [before, after] = [await contentOf(SPEC, index), await contentOf(next, index)];
      expect(after.length).toBe(before.length);
      expect(after.equals(before)).toBe(index >= SPEC.changed);
    }
  });

  it('repeats hardly anything: at most a tenth of its blocks is there twice', async () => {
    const seen = new Set<string>();
    let blocks = 0;
    for (const index of all.slice(0, 300)) {
      const content = await contentOf(SPEC, index);
      for (let at = 0; at < Math.min(content.length, 400_000); at += 512, blocks++)
        seen.add(
          createHash('sha256')
            .update(content.subarray(at, at + 512))
            .digest('base64'),
        );
    }
    expect(blocks).toBeGreaterThan(10_000);
    expect(seen.size / blocks).toBeGreaterThan(0.9);
  });
});
