import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { changed, faultsOf, GOOD, loaded } from './base.ts';
import { type Broken, NAME, OF_A_KEY } from './faults-of-a-key.ts';
import { TOGETHER } from './faults-together.ts';

const FAULTS: readonly Broken[] = [...OF_A_KEY, ...TOGETHER];

describe('a fault is told in one line, with its place and an example of what is right', () => {
  it('and without one nothing is told', async () => {
    expect(await faultsOf(GOOD)).toEqual([]);
    expect((await loaded(GOOD)).warnings).toEqual([]);
  });

  it('each with an example', () => {
    for (const [what, , , ...lines] of FAULTS)
      for (const line of lines) expect(line, what).toMatch(/; for example: \S/);
  });

  it.each(FAULTS)('%s', async (_what, path, value, ...lines) => {
    expect(await faultsOf(changed([path, value]))).toEqual(lines.map((line) => `understudy.yaml:${line}`));
  });
});

describe('a file with many faults', () => {
  const checked = changed([
    ['checks', 1],
    { kind: 'fme', name: 'rest', component: 'flow', client: 'rest', url: 'https://fme.example.com' },
  ]);

  it.each([
    ['of an unknown kind', 'kind: fme\n', 'must be one of fme-flow, files, command; for example: kind: fme-flow'],
    ['without a kind', '', 'is missing; for example: kind: fme-flow'],
  ])(
    'judges the rest of a component %s, and what speaks of it, by the kind it is most like',
    async (_what, kind, says) => {
      const text = checked.replace('    kind: fme-flow\n', kind && `    ${kind}`).replace('limit: 5m', 'limit: long');
      const lines = (await faultsOf(text)).map((line) => line.replace(/^understudy.yaml:\d+ {2}/, ''));
      expect(lines.toSorted()).toEqual([
        'components.flow.drain.limit  must be a duration, a whole number of ms, s, m, h or d, 366d at most; for example: limit: 10m',
        `components.flow.kind  ${says}`,
      ]);
    },
  );

  it('does not tell of each check that its component is missing, where all of them are', async () => {
    const document = parseDocument(checked);
    document.setIn(['components'], document.createNode({}));
    expect((await faultsOf(document.toString())).map((line) => line.split('  ')[1])).toEqual(['components']);
  });

  it('tells a name in upper case once, where the site is given, and with examples that are names', async () => {
    const text = GOOD.replace('sites:\n  dc1:', 'sites:\n  DC1:');
    expect(await faultsOf(text)).toEqual([
      `understudy.yaml:6  sites.DC1  cannot be used as a name: needed is ${NAME}; for example: dc1`,
    ]);
    expect(await faultsOf(text.replace('active: dc1', 'active: dc7'))).toContain(
      'understudy.yaml:2  active  must be one of the sites: DC1, dc2; for example: active: dc1',
    );
  });

  it('tells all of them at once, in the order of the file', async () => {
    const broken = FAULTS.filter(([what]) =>
      ['a secret itself', 'an active site that is none', 'a bad duration', 'a typo', 'one vault'].includes(what),
    );
    const lines = await faultsOf(changed(...broken.map(([, path, value]) => [path, value] as const)));
    expect(lines.map((line) => line.split('  ')[1])).toEqual([
      'active',
      'sites.dc1.vault.password',
      'sites.dc2.vault.repository',
      'schedule.every',
      'scedule',
    ]);
  });
});
