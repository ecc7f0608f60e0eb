import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse, parseDocument, stringify } from 'yaml';
import { loadConfig, parseConfig } from '../../activities/config/load.ts';
import { planOf } from '../../activities/config/plan.ts';
import type { Path } from '../../activities/config/problems.ts';
import type { FmeFlowConfig } from '../../model/config.ts';
import { changed, faultsOf, GOOD, loaded } from './base.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a configuration that was loaded', () => {
  it('has its defaults, and durations in milliseconds', async () => {
    const { config } = await loaded(GOOD);
    expect(config.schedule).toEqual({ every: 900_000, catchUp: 600_000 });
    expect(config.components.flow).toMatchObject({ drain: { limit: 300_000 }, transfer: 'resource' });
    expect(config.approvals).toEqual({
      planned: ['start', 'cutover'],
      unplanned: ['start', 'cutover'],
      approvers: [],
      validFor: 900_000,
    });
  });

  it('has whole paths: relative ones start from the folder of the file', async () => {
    const text = changed(
      [['sites', 'dc2', 'vault', 'repository'], 's3:https://s3.example.com/x'],
      [['sites', 'dc2', 'vault', 'password'], { file: 'secrets/dc2' }],
      [['components', 'data', 'hold'], { command: ['./hold.sh', './as-it-is'] }],
      [
        ['components', 'data', 'release'],
        { command: ['release'], environment: { TOKEN: { command: ['../get', 'x'] } } },
      ],
    );
    const { config, file } = await loaded(text);
    const folder = dirname(file);
    expect(config.sites.dc1).toMatchObject({
      state: join(folder, 'state/dc1'),
      vault: { repository: join(folder, 'vault/dc1') },
    });
    expect(config.sites.dc2?.vault).toMatchObject({
      repository: 's3:https://s3.example.com/x',
      password: { file: join(folder, 'secrets/dc2') },
    });
    expect(config.components.data).toMatchObject({
      sites: { dc1: { path: join(folder, 'data/dc1') } },
      hold: { command: [join(folder, 'hold.sh'), './as-it-is'] },
      release: { command: ['release'], environment: { TOKEN: { command: [join(folder, '../get'), 'x'] } } },
    });
  });

  it('has addresses without a slash at the end', async () => {
    const { config } = await loaded(changed([['clients', 'url'], 'https://fme.example.com/fme//']));
    expect(config.clients.url).toBe('https://fme.example.com/fme');
  });

  it('has types whose optional keys can be passed on', async () => {
    const { config } = await loaded(GOOD);
    const flow = config.components.flow as FmeFlowConfig;
    // Would not compile if an optional key could be undefined (exactOptionalPropertyTypes).
    const passed: { readonly canary?: string; readonly jobs: string } = flow;
    expect(passed.jobs).toBe('ask');
  });
});

describe('the digest', () => {
  const digestOf = async (text: string) => (await loaded(text)).digest;

  it('does not depend on comments, order, spelling of values, defaults or the folder', async () => {
    const digest = await digestOf(GOOD);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const [pair, ...rest] = GOOD.split('\n');
    const reordered = [...rest, `${pair} # our orders`].join('\n').replace('every: 15m', 'every: 900s');
    expect(await digestOf(`# a comment\n${reordered}`)).toBe(digest);
    expect(await digestOf(changed([['keep', 'last'], 10]))).toBe(digest);
    expect((await loadConfig((await loaded(GOOD)).file)).digest).toBe(digest);
  });

  it.each<[string, Path, unknown]>([
    ['a time', ['freeze', 'max'], '16m'],
    ['a reference to a secret', ['sites', 'dc1', 'vault', 'password'], { env: 'OTHER' }],
    ['the order of redirects', ['redirects', 1], { kind: 'manual', name: 'more', todo: 'x' }],
    ['a folder', ['sites', 'dc1', 'state'], 'elsewhere'],
  ])('changes with %s', async (_what, path, value) => {
    expect(await digestOf(changed([path, value]))).not.toBe(await digestOf(GOOD));
  });
});

describe('secrets that are missing', () => {
  const text = changed(
    [['sites', 'dc1', 'vault', 'peer'], { repository: 'elsewhere', password: { env: 'T_DC1_READ' } }],
    [['sites', 'dc1', 'vault', 'password'], { env: 'T_DC1_VAULT' }],
    [['sites', 'dc2', 'vault', 'password'], { file: 'dc2-password' }],
    [['components', 'flow', 'sites', 'dc1', 'token'], { env: 'T_DC1_TOKEN' }],
    [['components', 'flow', 'sites', 'dc2', 'token'], { command: ['not-run-by-a-check'] }],
    [
      ['sites', 'dc1', 'fences', 1],
      {
        kind: 'webhook',
        name: 'power',
        fence: { url: 'https://power.example.com', headers: { Authorization: { env: 'T_POWER' } } },
        read: { url: 'https://power.example.com' },
      },
    ],
    [
      ['hooks'],
      [
        {
          step: 'promote',
          when: 'after',
          at: 'target',
          run: { command: ['x'], environment: { A: { env: 'T_HOOK' } } },
        },
        { step: 'promote', when: 'after', run: { command: ['x'], environment: { A: { env: 'T_CONTROL_HOOK' } } } },
      ],
    ],
  );
  const missing = async (parts?: readonly string[]) =>
    (await faultsOf(text, { secrets: 'check', ...(parts === undefined ? {} : { parts }) })).map(
      (line) => /T_\w+|dc2-password/.exec(line)?.[0],
    );

  it('are faults where a part needs them, and only there', async () => {
    expect(await missing(['control'])).toEqual(['T_POWER', 'T_CONTROL_HOOK']);
    expect(await missing(['dc1'])).toEqual(['T_DC1_VAULT', 'dc2-password', 'T_DC1_TOKEN', 'T_HOOK']);
    expect(await missing(['dc2'])).toEqual(['T_DC1_READ', 'dc2-password', 'T_HOOK']);
    expect((await missing()).length).toBe(7);
    expect(await faultsOf(text)).toEqual([]);
  });

  it('are told as any other fault', async () => {
    expect(await faultsOf(text, { secrets: 'check', parts: ['dc2'] })).toContain(
      'understudy.yaml:14  sites.dc1.vault.peer.password  the environment variable T_DC1_READ is not set; set it for this process; for example: export T_DC1_READ="…"',
    );
  });

  it('are told together with other faults', async () => {
    const broken = text.replace('max: 15m', 'max: 2s');
    expect((await faultsOf(broken, { secrets: 'check', parts: ['control'] })).length).toBe(3);
    const unreadable = text.replace('every: 15m', 'every: soon').replace('kind: fme-flow', 'kind: fme');
    const paths = async (of: string) => (await faultsOf(of, { secrets: 'check' })).map((line) => line.split('  ')[1]);
    const alone = await paths(text);
    const together = await paths(unreadable);
    expect(together.filter((path) => alone.includes(path))).toEqual(alone);
    expect(together.filter((path) => !alone.includes(path))).toEqual(['components.flow.kind', 'schedule.every']);
  });

  it.skipIf(process.platform === 'win32')(
    'are no longer told once they are there; a file that all can read is a warning',
    async () => {
      for (const name of ['T_DC1_READ', 'T_HOOK']) vi.stubEnv(name, 'x');
      const folder = await mkdtemp(join(tmpdir(), 'understudy-config-'));
      await writeFile(join(folder, 'dc2-password'), 's3cret\n', { mode: 0o644 });
      const file = join(folder, 'understudy.yaml');
      await writeFile(file, text);
      const { warnings } = await loadConfig(file, { secrets: 'check', parts: ['dc2'] });
      expect(warnings).toEqual([
        expect.stringMatching(/^.*:\d+ {2}sites\.dc2\.vault\.password {2}.*dc2-password can be read by every user/),
      ]);
    },
  );
});

describe('what is most likely not wanted', () => {
  it('is a warning, with its place', async () => {
    const { warnings } = await loaded(
      changed(
        [['redirects'], []],
        [['checks', 0, 'url'], 'https://fme.dc1.example.com/health'],
        [['targets'], { rpo: '10m' }],
        [
          ['freeze'],
          {
            frontDoor: { close: { url: 'http://lb/close' }, open: { url: 'http://lb/open', body: { site: '{site}' } } },
          },
        ],
        [['components', 'data', 'sites', 'dc2', 'path'], 'data/dc1'],
      ),
    );
    expect(warnings.map((line) => line.replace(/^.*yaml:\d+ {2}/, ''))).toEqual([
      'components.data.sites  has the same path at both sites: right on two machines, fatal on one; for example: dc2: { path: /srv/data-dc2 }',
      'schedule.every  is not shorter than targets.rpo, which cannot be kept then; for example: every: 5m',
      'freeze.frontDoor.close  is the same call for both sites: it is made for a standby too, and must leave the other one alone; for example: body: { site: "{site}" }',
      'redirects  is empty: nothing moves the clients in a failover; for example: - kind: manual',
      'checks  tell that something answers, and none of them which site it is: the old one would pass too; for example: kind: http with contains: "served by {site}"',
      "checks[0].url  is a site's own address: that proves nothing about the clients; for example: url: https://fme.example.com/health",
    ]);
  });
});

describe('a text that went to the wrong place', () => {
  /** Where a value stands in the good file. */
  const leaves: Path[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value !== 'object' || value === null) leaves.push(path);
    else
      for (const [key, item] of Object.entries(value)) walk(item, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(parseDocument(GOOD).toJS(), []);

  it('is repeated by no fault and no warning, wherever it stands and whatever it looks like', async () => {
    const secret = fc
      .tuple(
        fc.constantFrom('', '*', '&', '!', '%', '@', '"', '{', '? ', '- ', 'https://u:', '15', ', ', 'x,'),
        fc.string({ minLength: 3 }),
      )
      .map(([start, rest]) => `${start}${rest}Zq7`);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...leaves), secret, fc.boolean(), async (path, value, quoted) => {
        const marker = 'PUT-IT-HERE';
        const text = changed([path, marker]).replace(marker, () => (quoted ? JSON.stringify(value) : value));
        const result = await parseConfig(text, '/etc/understudy.yaml', { secrets: 'check' }).catch(
          (error: Error) => error,
        );
        const references = path.includes('env') || path.at(-2) === 'command';
        const told = result instanceof Error ? `${result}\n${result.stack}` : result.warnings.join('\n');
        // The name of a variable is told where it is not set: it is no secret.
        if (!references) expect(told).not.toContain('Zq7');
      }),
      { numRuns: 250 },
    );
  });
});

describe('the plan of a run', () => {
  it('holds decisions, and neither secrets nor where they are, nor commands, nor addresses of sites', async () => {
    const example = await loadConfig('understudy.example.yaml');
    const plan = planOf(example, { flow: ['writes after 02:00 are not protected'] });
    expect(plan).toMatchObject({
      pair: 'orders',
      digest: example.digest,
      sites: ['dc1', 'dc2'],
      clients: 'https://fme.example.com',
      freeze: { max: 900_000, frontDoor: true },
      namespace: 'default',
      ui: 'https://temporal.example.com',
    });
    expect(plan.components.map(({ name, notPromised }) => [name, notPromised.length])).toEqual([
      ['flow', 1],
      ['data', 0],
      ['licences', 0],
    ]);
    expect(plan.fences.dc1).toEqual([
      { kind: 'services', name: 'services', at: 'site' },
      { kind: 'command', name: 'power', at: 'control' },
      { kind: 'webhook', name: 'firewall', at: 'control' },
      { kind: 'manual', name: 'call-dc1', at: 'control' },
    ]);
    const text = JSON.stringify(plan);
    for (const hidden of ['TOKEN', 'PASSWORD', 'env', '/usr/local', 'dc1.example.com', 's3:', '/etc/']) {
      expect(text).not.toContain(hidden);
    }
  });

  it('tells whether installations or vaults moved, and calls nothing else a move', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'understudy-places-')), 'understudy.yaml');
    const places = async (text: string) => {
      await writeFile(file, text);
      return planOf(await loadConfig(file), {}).places;
    };
    const at = await places(GOOD);
    expect(await places(GOOD.replace('every: 15m', 'every: 5m').replaceAll('[engines, stop]', '[halt]'))).toBe(at);
    const { sites, ...rest } = parse(GOOD);
    const turned = Object.fromEntries(Object.entries(sites).reverse());
    expect(await places(stringify({ ...rest, sites: turned })), 'the order in the file').toBe(at);
    for (const from of ['repository: vault/dc2', 'https://fme.dc1.example.com', 'path: data/dc2']) {
      expect(GOOD).toContain(from);
      expect(await places(GOOD.replace(from, `${from}x`)), from).not.toBe(at);
    }
  });

  it('asks for jobs as the components that can have some are configured', async () => {
    const { components, ...rest } = parse(GOOD);
    const [flow] = Object.values(components as Record<string, { kind: string }>).filter(
      ({ kind }) => kind === 'fme-flow',
    );
    const files = { kind: 'files', sites: { dc1: { path: 'one' }, dc2: { path: 'two' } } };
    const at = { command: ['node', 'notes.mjs'] };
    const notes = { kind: 'command', sites: { dc1: at, dc2: at } };
    const drains = async (more: object) => {
      const all = { flow: { ...flow, drain: parse('{ limit: 1m, then: cancel }') }, ...more };
      const plan = planOf(await loaded(stringify({ ...rest, components: all })), {});
      return plan.components.map(({ drain }) => drain.then);
    };
    expect(await drains({ files }), 'files never have any').toEqual(['cancel', 'cancel']);
    expect(await drains({ notes }), 'a program may have some').toEqual(['cancel', 'ask']);
    expect(await drains({ notes: { ...notes, drain: parse('{ then: wait }') } })).toEqual(['cancel', 'wait']);
  });

  it('names the namespace and UI of the connection where the file leaves them open', async () => {
    const config = await loaded(GOOD);
    expect(planOf(config, {}, { namespace: 'dr', ui: 'http://127.0.0.1:9' })).toMatchObject({
      namespace: 'dr',
      ui: 'http://127.0.0.1:9',
    });
    expect(planOf(config, {}).ui).toBe('http://127.0.0.1:8233');
  });
});
