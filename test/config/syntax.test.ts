import { describe, expect, it } from 'vitest';
import { faultsOf, GOOD, loaded } from './base.ts';

const with_ = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

describe('text that is not YAML as it is meant', () => {
  it.each([
    [
      'a key given twice, beside any other fault',
      with_('active: dc1\n', 'active: dc1\nactive: dc2\n').replace('every: 15m', 'every: soon'),
      '3  active  stands here a second time: keep one of them; for example: active: …, once',
      '45  schedule.every  must be a duration, a whole number of ms, s, m, h or d, 366d at most; for example: every: 15m',
    ],
    [
      'two sites with one name: the second is told, and nothing that follows from it',
      with_('  dc2:\n    state', '  dc1:\n    state'),
      '13  sites.dc1  stands here a second time: keep one of them, or give each its own name; for example: dc1: … and dc2: …',
    ],
    [
      'a key given twice deep inside',
      with_('    name: dns\n', '    name: dns\n    name: dns\n'),
      '52  redirects[0].name  stands here a second time: keep one of them; for example: name: …, once',
    ],
    [
      'a tab',
      with_('  url: https://fme.example.com\n', '\turl: x\n'),
      '4  a tab is used to indent; use spaces; for example: two spaces, then url: https://fme.example.com',
    ],
    [
      'a quote that stays open',
      `${GOOD}hooks: "\n`,
      '58  a character is missing here, e.g. a closing quote or bracket; the rest cannot be looked at before that; for example: name: "dns"',
    ],
    [
      'a colon inside of a text',
      with_('todo: Point', 'todo: now: Point'),
      '52  a colon stands where none is expected; put a text that holds ": " in quotes; the rest cannot be looked at before that; for example: todo: "now: call"',
    ],
    ...[
      ['pair: orders', 'pair orders', 1],
      ['clients:\n', 'clients\n', 3],
      ['  dc1:\n', '  dc1\n', 6],
      ['        engines:\n', '        engines\n', 26],
      ['redirects:\n', 'redirects\n', 49],
    ].map(([right, wrong, line]): [string, string, string] => [
      `a missing colon in line ${line}, which is told once`,
      with_(`${right}`, `${wrong}`),
      `${line}  a key without a colon, or one that goes over several lines; the rest cannot be looked at before that; for example: pair: orders`,
    ]),
    [
      'a missing colon in a list, and nothing that follows from it',
      with_('    url: https://fme.example.com/health', '    url https://fme.example.com/health'),
      '56  a character is missing here, e.g. a closing quote or bracket; the rest cannot be looked at before that; for example: name: "dns"',
    ],
    [
      'two tabs, which are two faults',
      with_('  url: https://fme.example.com\n', '\turl: x\n').replace('  max: 15m', '\tmax: 15m'),
      '4  a tab is used to indent; use spaces; for example: two spaces, then url: https://fme.example.com',
      '48  a tab is used to indent; use spaces; for example: two spaces, then url: https://fme.example.com',
    ],
    [
      'a tag',
      with_('pair: orders', 'pair: !env orders'),
      '1  tags (!…) are not known here; remove it; for example: pair: orders',
    ],
    [
      'an alias without an anchor',
      with_('pair: orders', 'pair: *orders'),
      '1  an alias (*…) has no anchor (&…) before it; put a text that begins with * in quotes; for example: todo: "*text"',
    ],
    [
      'a comma inside of a text',
      with_('{ limit: 5m }', '{ limit: 5,m }'),
      '21  a key without a colon and a value; put a text that holds a comma in quotes; for example: todo: "one, two"',
    ],
    [
      'two documents',
      `${GOOD}---\n${GOOD}`,
      '57  a second document begins here; one pair a file; for example: pair: orders here, and pair: billing in another file',
    ],
    ['a list', '- pair: orders\n', '1  must be a map of keys and values; for example: pair: orders'],
    ['nothing at all', '', '1  must be a map of keys and values; for example: pair: orders'],
    [
      'aliases that multiply without end',
      `a: &a [x, x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[at]}`)}]\n`).join('')}`,
      '1  an alias or merge key (<<) cannot be followed; write the values out; for example: password: { env: NAME }',
    ],
  ])('%s', async (_what, text, ...lines) => {
    expect(await faultsOf(text)).toEqual(lines.map((line) => `understudy.yaml:${line}`));
    for (const line of lines) expect(line).toMatch(/; for example: \S/);
  });

  it('no file at all', async () => {
    const { loadConfig } = await import('../../activities/config/load.ts');
    await expect(loadConfig('no-such/understudy.yaml')).rejects.toThrow(
      'no-such/understudy.yaml  is not there; make one with: understudy init --help',
    );
  });
});

describe('anchors, merge keys and top-level keys that begin with x-', () => {
  const shared = `x-vault: &vault\n  password: { env: VAULT_PASSWORD }\n${GOOD}`
    .replace('      password: { env: DC1_VAULT_PASSWORD }\n', '      <<: *vault\n')
    .replace('      password: { env: DC2_VAULT_PASSWORD }\n', '      <<: *vault\n');

  it('may be used', async () => {
    const { config } = await loaded(shared);
    expect(config.sites.dc2?.vault).toMatchObject({ password: { env: 'VAULT_PASSWORD' } });
  });

  it('and a fault in what is merged is placed where it stands', async () => {
    expect(await faultsOf(shared.replace('{ env: VAULT_PASSWORD }', 'hunter2'))).toEqual(
      ['dc1', 'dc2'].map(
        (site) =>
          `understudy.yaml:2  sites.${site}.vault.password  must not be the secret itself, but say where it is found; ` +
          `for example: password: { env: ${site.toUpperCase()}_VAULT_PASSWORD }`,
      ),
    );
  });
});
