import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServices, type Service } from '../../../activities/components/fme-flow/services.ts';
import { hasZone } from '../../../activities/components/fme-flow/started.ts';
import { createChildren } from '../../../activities/run/children.ts';

/** The program of the manual, with a stand-in for systemd's own that keeps a unit in a folder. */
const PROGRAM = resolve('docs/examples/fme-engines.sh');
const SYSTEMCTL = `#!/bin/sh
cd "$UNITS"
[ -e "$2" ] || { case $1 in show) echo "\${3#--property=}=$([ "$3" = --property=LoadState ] && echo not-found)"; exit 0 ;; esac; exit 5; }
. "./$2"
case $1 in
  start) state=active ;;
  stop) state=inactive ;;
  disable) enabled=disabled ;;
  is-enabled) echo "$enabled"; [ "$enabled" = enabled ]; exit ;;
  show)
    case $3 in
      --property=LoadState) echo LoadState=loaded ;;
      --property=ActiveState) echo "ActiveState=$state" ;;
      --property=ActiveEnterTimestamp) echo "ActiveEnterTimestamp=Sat 2026-11-28 13:36:21 \${TZ:-CET}" ;;
    esac
    exit ;;
esac
printf 'state=%s enabled=%s\\n' "$state" "$enabled" > "$2"
`;

let folder: string;
const signal = AbortSignal.timeout(60_000);
const unit = (state: string, enabled: string): void =>
  writeFileSync(join(folder, 'fme.service'), `state=${state} enabled=${enabled}\n`);

function engines(name = 'fme.service'): Service {
  const program = (action: string) => ({
    command: [PROGRAM, action, name],
    environment: { PATH: `${folder}:${process.env.PATH}`, UNITS: folder },
    timeout: 60_000,
  });
  const changing = { start: program('start'), stop: program('stop'), disable: program('disable') };
  const commands = { ...changing, status: program('status') };
  return createServices({ site: 'dc1', children: createChildren(join(folder, 'children')) }, { engines: commands })
    .engines;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engines-'));
  writeFileSync(join(folder, 'systemctl'), SYSTEMCTL, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('The service commands for systemd', () => {
  test('stop the engines, keep them from starting with the machine, and start them again', async () => {
    unit('active', 'enabled');
    const service = engines();
    const running = { running: true, since: '2026-11-28T13:36:21Z' };
    expect(await service.status(signal)).toEqual({ ...running, startsWithMachine: true });
    await service.stop(signal);
    await service.disable(signal);
    expect(await service.status(signal)).toEqual({ running: false, startsWithMachine: false });
    await service.start(signal);
    expect(await service.status(signal)).toEqual({ ...running, startsWithMachine: false });
    expect(hasZone(running.since)).toBe(true);
  });

  test.each([
    ['deactivating', 'disabled', true, false],
    ['activating', 'masked', true, false],
    ['failed', 'static', false, true],
    ['inactive', 'generated', false, true],
  ])('take a unit that is %s and %s for quiet only where it can do nothing', async (state, enabled, runs, starts) => {
    unit(state, enabled);
    expect(await engines().status(signal)).toMatchObject({ running: runs, startsWithMachine: starts });
  });

  test('fail for a unit that is not there', async () => {
    await expect(engines('fmi.service').status(signal)).rejects.toThrow('systemd has no unit fmi.service (not-found)');
  });
});
