import { expect, test } from 'vitest';
import { createCli } from '../../client/cli.ts';
import { createProgram } from '../../client/program.ts';
import { playground } from '../../demo/playground.ts';
import { fakeTerminal } from '../client/fake-terminal.ts';

const PIDS = { 'machine dc1': 11, 'worker dc1': 12, 'machine dc2': 21, 'worker dc2': 22 } as Record<string, number>;
type Kept = Parameters<typeof playground>[0];
const actor = (name: string) => ({ pid: PIDS[name] }) as ReturnType<Kept['machine']>;

test('A demo whose scene is kept says how to sync, to fail over both ways, and to lose a site, by commands that exist', () => {
  const told = playground({
    config: '/tmp/demo/understudy.yaml',
    temporal: { ui: 'http://127.0.0.1:8233' },
    machine: (site) => actor(`machine ${site}`),
    worker: (part) => actor(`worker ${part}`),
  });
  expect(told).toContain('http://127.0.0.1:8233/namespaces/default/workflows/pair%2Forders');
  expect(told).toContain('kill -9 11 12   # dc1');
  expect(told).toContain('kill -9 21 22   # dc2');
  const known = createProgram(createCli(fakeTerminal()), '0.0.0').commands;
  const commands = [...told.matchAll(/understudy (\w+)(.*) --config \/tmp\/demo\/understudy\.yaml$/gm)];
  expect(commands.map(([, name]) => name)).toEqual(['status', 'sync', 'failover', 'failover']);
  for (const [, name, rest = ''] of commands) {
    const options = known.find((command) => command.name() === name)?.options.map(({ long }) => long);
    expect(options, name).toEqual(expect.arrayContaining(rest.match(/--\w+/g) ?? []));
  }
});
