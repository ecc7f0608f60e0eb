import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createCli } from '../../client/cli.ts';
import { EXIT, EXIT_MEANINGS } from '../../client/exit-codes.ts';
import { createProgram } from '../../client/program.ts';
import { freePort } from '../../tools/free-port.ts';
import { GOOD } from '../config/base.ts';
import { fakeTerminal, understudy } from './fake-terminal.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-arguments-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function configWith(text: string): Promise<string[]> {
  const file = join(folder, 'understudy.yaml');
  await writeFile(file, text);
  return ['--config', file];
}

describe('help', () => {
  const commands = createProgram(createCli(fakeTerminal()), '0.0.0').commands.map((command) => command.name());

  test('names every command and every exit code', async () => {
    const { code, out } = await understudy(['--help']);
    expect(code).toBe(EXIT.done);
    for (const name of [
      'init',
      'check',
      'up',
      'worker',
      'setup',
      'sync',
      'failover',
      'approve',
      'reject',
      'answer',
      'pause',
      'resume',
      'status',
      'points',
    ]) {
      expect(commands).toContain(name);
      expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
    for (const meaning of Object.values(EXIT_MEANINGS)) expect(out).toContain(meaning);
  });

  test.each(commands)('of %s has an example, and --config and --json', async (name) => {
    const { code, out } = await understudy([name, '--help']);
    expect(code).toBe(EXIT.done);
    expect(out).toContain(`$ understudy ${name}`);
    expect(out).toContain('--json');
    expect(out).toContain('--config');
  });
});

describe('wrong arguments end with 2, a line and no stack', () => {
  test.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['sync', '--forever'], "unknown option '--forever'"],
    [['sync', '--timeout', '3'], 'A duration is a whole number with a unit'],
    [['sync', '--timeout', '1.5h'], 'A duration is a whole number with a unit'],
    [['failover', '--to', 'dc2', '--reason', 'x'], "'--mode <mode>' not specified"],
    [['failover', '--to', 'dc2', '--mode', 'sudden', '--reason', 'x'], 'Allowed choices are planned, unplanned'],
    [['answer', 'maybe', '--why', 'x'], 'Allowed choices are approve, reject'],
    [['approve', '--yes'], 'why? Say it with --why'],
    [['pause', '--why', ' '], 'why? Say it with --why'],
    [['up', '--port', '0'], 'A port is a whole number'],
  ])('understudy %j', async (argv, says) => {
    const { code, err, out } = await understudy(argv);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(says);
    expect(err).not.toMatch(/^\s+at /m);
    expect(out).toBe('');
  });

  test('with --json the one document on standard output is the error', async () => {
    const ended = await understudy(['sync', '--json', '--timeout', '3']);
    expect(ended.json()).toMatchObject({ error: { exitCode: 2, message: expect.stringContaining('A duration is') } });
    // Commander's own prefix is for people.
    expect(ended.json()).toMatchObject({ error: { message: expect.not.stringMatching(/^error/) } });
  });

  test.each([
    [['--to', 'dc9', '--reason', 'x'], 'there is no site "dc9": dc1, dc2'],
    [['--to', 'dc2', '--reason', ''], '"reason" is missing or not a text; a right one: understudy failover --to dc2'],
    [['--to', 'dc2', '--reason', 'x', '--point', 'newest'], '"point" is the id of a recovery point such as "e1.s7"'],
  ])(
    'failover %j is refused before Temporal is asked, so that no run is started that fails unseen',
    async (argv, says) => {
      const config = await configWith(`${GOOD}\ntemporal: { address: "127.0.0.1:${await freePort()}" }\n`);
      const ended = await understudy(['failover', '--mode', 'unplanned', '--yes', '--no-wait', ...argv, ...config]);
      expect(ended).toMatchObject({ code: EXIT.usage, out: '', err: expect.stringContaining(says) });
    },
  );

  test('worker: a part that does not exist is told with those that do', async () => {
    const config = await configWith(GOOD);
    const { code, err } = await understudy(['worker', '--part', 'site:dc9', ...config]);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('there is no part "site:dc9"; this configuration has: control, site:dc1, site:dc2');
  });

  test('up: a Temporal on another machine is not ours to start', async () => {
    const config = await configWith(`${GOOD}\ntemporal: { address: "temporal.example.com:7233" }\n`);
    const { code, err } = await understudy(['up', ...config]);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(`understudy worker ${config.join(' ')}`);
  });
});

describe('the configuration', () => {
  test('that is not there', async () => {
    const { code, err } = await understudy(['status', '--config', join(folder, 'none.yaml')]);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('understudy init --help');
  });

  test('that cannot be used: every fault, a line each', async () => {
    const config = await configWith(GOOD.replace('pair: orders', 'pear: orders').replace('every: 15m', 'every: often'));
    const { code, err } = await understudy(['status', ...config]);
    expect(code).toBe(EXIT.usage);
    expect(err.split('\n').length).toBeGreaterThanOrEqual(3);
    expect(err).toContain('schedule.every');
    const json = (await understudy(['status', '--json', ...config])).json() as { error: { faults: object[] } };
    expect(json).toMatchObject({ error: { exitCode: 2, message: 'the configuration cannot be used' } });
    expect(json.error.faults).toContainEqual({
      line: 44,
      path: 'schedule.every',
      says: expect.stringMatching(/^must be a/),
      example: 'every: 15m',
    });
  });
});

test('a profile that temporal.toml does not have ends with 2, and what to do', async () => {
  const config = await configWith(GOOD);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', join(folder, 'none.toml'));
  vi.stubEnv('TEMPORAL_PROFILE', 'nope');
  const { code, err } = await understudy(['status', ...config]);
  vi.unstubAllEnvs();
  expect(code).toBe(EXIT.usage);
  expect(err).toMatch(/nope[\s\S]*TEMPORAL_PROFILE/);
});

test('a choice that no question has is not offered', async () => {
  expect((await understudy(['answer', '--help'])).out).not.toContain('keep-waiting');
});

test('Temporal that does not answer ends with 6, and how to start or name it; check offers to look from here', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const config = await configWith(`${GOOD}\ntemporal: { address: "${address}" }\n`);
  const { code, err } = await understudy(['check', ...config]);
  expect(code).toBe(EXIT.unreachable);
  expect(err).toContain(`Temporal does not answer at ${address}`);
  const at = config.join(' ');
  for (const way of [`understudy up ${at}`, 'TEMPORAL_ADDRESS', `understudy check --local ${at}`])
    expect(err).toContain(way);
});
