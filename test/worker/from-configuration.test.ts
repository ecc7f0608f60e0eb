import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { hookIds } from '../../activities/config/hook-ids.ts';
import { type LoadedConfig, loadConfig } from '../../activities/config/load.ts';
import { planOf } from '../../activities/config/plan.ts';
import { createControlActivities } from '../../activities/control/activities.ts';
import { createChildRecords } from '../../activities/run/child-records.ts';
import { startedNow } from '../../activities/run/child-table.ts';
import { createSiteActivities } from '../../activities/site/activities.ts';
import type { Site } from '../../activities/site/site.ts';
import type { Config } from '../../model/config.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { controlDeps } from '../../worker/control.ts';
import { siteOf } from '../../worker/site.ts';
import { temporalSettings } from '../../worker/temporal-settings.ts';

/** Built from the complete example: nobody is called and nothing is written by that alone. */

let loaded: LoadedConfig;
let connection: Connection;

beforeAll(async () => {
  loaded = await loadConfig(join(packageRoot(), 'understudy.example.yaml'));
  connection = Connection.lazy({ address: '127.0.0.1:1' });
});
afterAll(() => connection.close());

const control = () =>
  controlDeps(loaded, { ...temporalSettings({}), namespace: 'dr', ui: 'http://ui' }, new Client({ connection }));

describe('a site', () => {
  const site = (name: string) => siteOf(loaded, name, 'restic');

  test('has every component and check of the configuration, and those of its fences that run there', () => {
    const { config } = loaded;
    for (const name of Object.keys(config.sites)) {
      const made = site(name);
      expect(Object.keys(made.components)).toEqual(Object.keys(config.components));
      expect(Object.keys(made.checks)).toEqual(config.checks.map((check) => check.name));
      expect(made.fences.every((fence) => fence.at === 'site')).toBe(true);
      expect(made.configDigest).toBe(loaded.digest);
      expect(made.freezeMax).toBe(config.freeze.max);
      const planned = planOf(loaded, {}).components.map(({ name: each, drain }) => [each, drain.limit]);
      expect(made.drainLimit).toEqual(Object.fromEntries(planned));
    }
  });

  test('knows its peer, and offers its activities', () => {
    const [first = '', second = ''] = Object.keys(loaded.config.sites);
    expect(site(first).peerSite).toBe(second);
    expect(site(second).peerSite).toBe(first);
    expect(createSiteActivities(site(first))).toHaveProperty('promote');
  });
});

describe('a program of a site', () => {
  let state: string;
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'site-'));
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  const node = (script: string) => ({ command: [process.execPath, '-e', script], environment: {}, timeout: 60_000 });
  const made = (script: string) => {
    const { config } = loaded;
    const [name = ''] = Object.keys(config.sites);
    const command = node(script);
    const fence = { kind: 'command', name: 'power', at: 'site', fence: command, read: command, lower: command };
    const hook = { step: 'freeze', when: 'before', at: 'site', abortOnFailure: true, run: command };
    const own = { ...config.sites[name], state, fences: [fence] };
    const changed = {
      ...config,
      freeze: { ...config.freeze, frontDoor: { close: command, open: command } },
      hooks: [hook],
      sites: { ...config.sites, [name]: own },
    } as unknown as Config;
    return { site: siteOf({ ...loaded, config: changed }, name, 'restic'), hook: hookIds(changed.hooks)[0] ?? '' };
  };
  const uses: Readonly<
    Record<string, (made: { site: Site; hook: string }, signal: AbortSignal) => Promise<unknown> | undefined>
  > = {
    'that closes the front door': ({ site }, signal) => site.frontDoor?.close(signal),
    'that opens the front door': ({ site }, signal) => site.frontDoor?.open(signal),
    'of a hook': ({ site, hook }, signal) => site.runHook(hook, {}, signal),
    'of a fence': ({ site }, signal) => site.fences[0]?.fence(signal),
    'that lowers a fence': ({ site }, signal) => site.fences[0]?.lower?.(signal),
  };

  test.each(Object.entries(uses))('%s is noted while it runs, so that the next worker ends it', async (_, use) => {
    const children = join(state, 'children');
    const out = join(state, 'seen');
    const script = `const fs = require('node:fs'); fs.writeFileSync(${JSON.stringify(out)}, fs.readdirSync(${JSON.stringify(children)}).join());`;
    await use(made(script), new AbortController().signal);
    expect(await readFile(out, 'utf8')).toMatch(/child-/);
  });

  test('of a dead worker is ended before the front door is touched, whoever does it', async () => {
    const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
    const exit = once(orphan, 'exit');
    onTestFinished(() => void orphan.kill('SIGKILL'));
    const { site } = made('');
    await site.frontDoor?.open(new AbortController().signal);
    const started = startedNow(orphan.pid as number);
    const worker = { pid: process.pid, started: 'of another process that had its number' };
    createChildRecords(join(state, 'children')).write({
      ...{ token: 'left', program: process.execPath, worker, pid: orphan.pid as number },
      ...(started === undefined ? {} : { started }),
    });
    await site.frontDoor?.open(new AbortController().signal);
    await exit;
  });
});

describe('control', () => {
  test('has every redirect, and of each site the fences that run from here', () => {
    const made = control();
    expect(Object.keys(made.redirects)).toEqual(loaded.config.redirects.map((redirect) => redirect.name));
    for (const [site, fences] of Object.entries(made.plan.fences)) {
      const from = fences.filter((fence) => fence.at === 'control').map((fence) => fence.name);
      expect(made.fences[site]?.map((fence) => fence.name)).toEqual(from);
    }
    expect(createControlActivities(made)).toHaveProperty('loadPlan');
  });

  test('plans with what the connection turned out to be, and without a secret’s whereabouts', () => {
    const { plan } = control();
    expect(plan.digest).toBe(loaded.digest);
    expect(plan.namespace).toBe(loaded.config.temporal.namespace ?? 'dr');
    expect(JSON.stringify(plan)).not.toMatch(/"(env|file|command|password|token)":/);
  });
});
