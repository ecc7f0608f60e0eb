import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../activities/config/load.ts';
import { createCli } from '../../client/cli.ts';
import { flagsFrom, type InitOptions } from '../../client/init/flags.ts';
import { renderConfig } from '../../client/init/render-config.ts';
import { registerInit } from '../../client/init.ts';
import type { Io } from '../../client/io.ts';

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'understudy-init-')), 'understudy.yaml');
});

/** Runs `understudy init` with these arguments; what it printed. */
async function init(...words: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const io: Io = {
    out: (text) => printed.push(text),
    err: (text) => printed.push(text),
    interactive: false,
    color: false,
    screen: false,
    question: async () => undefined,
    onInterrupt: () => () => {},
  };
  const program = new Command('understudy').exitOverride();
  registerInit(program, createCli(io));
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
  await program.parseAsync(['init', '--config', file, ...words], { from: 'user' });
  return printed.join('\n');
}

const FLOWS = ['--site', 'dc1=https://fme.dc1.example.com/?', '--site', 'dc2=https://fme.dc2.example.com'];
const FLOW = ['--site', 'dc1=https://fme.dc1.example.com', '--site', 'dc2=https://fme.dc2.example.com'];
const PAIR = ['--pair', 'orders', '--clients', 'https://fme.example.com'];

describe('understudy init', () => {
  it('writes a commented file that is valid without any change', async () => {
    const printed = await init(...PAIR, ...FLOW);
    const { config, warnings, digest } = await loadConfig(file);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      pair: 'orders',
      active: 'dc1',
      clients: { url: 'https://fme.example.com' },
      components: {
        flow: {
          kind: 'fme-flow',
          sites: { dc1: { url: 'https://fme.dc1.example.com', token: { env: 'DC1_FLOW_TOKEN' } } },
        },
      },
    });
    expect((await readFile(file, 'utf8')).match(/^ *#/gm)?.length).toBeGreaterThan(20);
    const text = await readFile(file, 'utf8');
    for (const site of ['dc1', 'dc2']) expect(text).toContain(`        # tokenName: understudy-${site}\n`);
    // Without its sign a suggestion is a right line.
    const { config: named } = await parseConfig(text.replaceAll('# tokenName', 'tokenName'), file);
    expect(named.components.flow).toMatchObject({ sites: { dc2: { tokenName: 'understudy-dc2' } } });
    expect(printed).toContain(digest.slice(0, 12));
    expect(printed).toContain('set DC1_FLOW_TOKEN, DC1_VAULT_PASSWORD, DC2_FLOW_TOKEN, DC2_VAULT_PASSWORD');
  });

  it('names next what works next: a look from this machine, then what everything else needs', async () => {
    const next = async (...more: string[]) =>
      (await init(...PAIR, ...FLOW, '--force', ...more))
        .split('\n')
        .flatMap((line) => /^ {2}understudy (.*?)(?: {3}|$)/.exec(line)?.[1] ?? []);
    const at = `--config ${file}`;
    expect(await next()).toEqual([`check --local ${at}`, `up ${at}`, `setup ${at}`, `check ${at}`]);
    expect(await next('--temporal', 'h:7233')).toEqual([
      `check --local ${at}`,
      `worker ${at}`,
      `setup ${at}`,
      `check ${at}`,
    ]);
  });

  it('takes everything that differs from site to site', async () => {
    await init(
      ...PAIR,
      ...['--site', 'a', '--site', 'b', '--active', 'b', '--state', 'C:\\understudy\\'],
      ...['--files', 'a=/srv/one, two', '--files', 'b=/srv/#2', '--files', '/srv/both'],
      ...['--vault', 'a=s3:https://s3.example.com/a', '--vault', 'b=sftp:u@h:/b', '--vault-password-env', 'b=B_KEY'],
      ...[
        '--every',
        '5m',
        '--approver',
        'anna',
        '--approver',
        "ben: o'neil",
        '--temporal',
        'h:7233',
        '--namespace',
        'dr',
      ],
    );
    const { config } = await loadConfig(file);
    expect(config).toMatchObject({
      active: 'b',
      sites: {
        a: { vault: { repository: 's3:https://s3.example.com/a', password: { env: 'A_VAULT_PASSWORD' } } },
        b: { vault: { repository: 'sftp:u@h:/b', password: { env: 'B_KEY' } } },
      },
      components: {
        files: { sites: { a: { path: '/srv/both' }, b: { path: '/srv/both' } } },
        'files-2': { sites: { a: { path: '/srv/one, two' }, b: { path: '/srv/#2' } } },
      },
      approvals: { approvers: ['anna', "ben: o'neil"] },
      schedule: { every: 300_000 },
      temporal: { address: 'h:7233', namespace: 'dr' },
    });
  });

  it('prints one JSON document with --json', async () => {
    expect(JSON.parse(await init(...PAIR, ...FLOW, '--json'))).toMatchObject({ file, warnings: [] });
  });

  it('replaces a file only when it is told to', async () => {
    await writeFile(file, 'mine');
    await expect(init(...PAIR, ...FLOW)).rejects.toMatchObject({ exitCode: 2, message: `${file} is there already.` });
    expect(await readFile(file, 'utf8')).toBe('mine');
    await init(...PAIR, ...FLOW, '--force');
    expect(await readFile(file, 'utf8')).toContain('pair: orders');
  });

  it('writes nothing when a value is not right, and says what is', async () => {
    const flags = ['--pair', 'Orders', '--clients', 'https://fme.example.com', ...FLOWS, '--every', '5'];
    await expect(init(...flags)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('nothing was written'),
      // By the flags: there is no file whose lines could be named.
      todo: [
        expect.stringMatching(/^--pair {2}must be a name of .*; for example: --pair orders$/),
        '--site dc1=  must be an address without ? and #; for example: --site dc1=https://fme.example.com',
        expect.stringMatching(/^--every {2}must be a duration, .*; for example: --every 15m$/),
      ],
    });
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['one site', ['--site', 'dc1'], '--site is needed twice, with two names.'],
    [
      'one address',
      ['--site', 'dc1=https://x.example.com', '--site', 'dc2'],
      'An address is needed for both sites, or for none.',
    ],
    ['nothing to protect', ['--site', 'dc1', '--site', 'dc2'], 'Nothing is protected.'],
    ['half a tree', [...FLOW, '--files', 'dc1=/srv'], '--files needs a path for both sites.'],
    ['a vault of no site', [...FLOW, '--vault', 'dc3=/srv'], '--vault needs a site and a value, e.g. --vault dc1=…'],
    ['an active site that is none', [...FLOW, '--active', 'dc3'], '--active must be dc1 or dc2.'],
  ])('refuses %s with exit code 2', async (_what, words, message) => {
    await expect(init(...PAIR, ...words)).rejects.toMatchObject({ exitCode: 2, message });
  });

  it('quotes whatever it is given', async () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !/^[~.]|[=/\\]/.test(text));
    await fc.assert(
      fc.asyncProperty(word, word, word, async (approver, engines, tree) => {
        const options: InitOptions = {
          pair: 'orders',
          clients: 'https://fme.example.com',
          site: ['dc1=https://fme.dc1.example.com', 'dc2=https://fme.dc2.example.com'],
          tokenEnv: [],
          vault: [],
          vaultPasswordEnv: [],
          state: 'state',
          files: [`dc1=trees/${tree}`, `dc2=trees/${tree}`],
          engines,
          every: '15m',
          approver: [approver],
        };
        const { config } = await parseConfig(renderConfig(flagsFrom(options)), '/etc/understudy.yaml');
        expect(config.approvals.approvers).toEqual([approver]);
        expect(config.components.flow).toMatchObject({
          sites: { dc1: { engines: { start: { command: [expect.any(String), 'start'] } } } },
        });
      }),
      { numRuns: 100 },
    );
  });
});
