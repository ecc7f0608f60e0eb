import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../model/names.ts';
import { foreseen, isKnown, scrubbed } from '../../worker/interceptors.ts';
import { createLog } from '../../worker/log.ts';
import { allParts, parseParts, partName } from '../../worker/parts.ts';
import { temporalArguments } from '../../worker/temporal-arguments.ts';
import { temporalSettings } from '../../worker/temporal-settings.ts';

describe('what an activity throws becomes a failure that a run decides on by its type', () => {
  const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

  test.each([
    ['ENOSPC', 'NoSpace', true],
    ['ECONNREFUSED', 'Unavailable', false],
    ['UND_ERR_HEADERS_TIMEOUT', 'Unavailable', false],
  ])('%s is %s', (code, type, nonRetryable) => {
    expect(foreseen(coded(code))).toMatchObject({ type, nonRetryable });
  });

  test('the code of what caused it counts, and both are told', () => {
    const outer = new Error('fetch failed', { cause: coded('ECONNREFUSED', 'connect refused') });
    expect(foreseen(outer)).toMatchObject({ type: 'Unavailable', message: 'fetch failed: connect refused' });
  });

  test('a fault of ours may be tried again and keeps its words', () => {
    expect(foreseen(new TypeError('x is undefined'))).toMatchObject({ type: 'Unforeseen', nonRetryable: false });
  });

  test('a secret in a message, a stack or a cause is masked, and the code still counts', () => {
    const cause = coded('ENOSPC', 'no room for hunter2!');
    const told = scrubbed(new Error('upload with hunter2! failed', { cause }), ['hunter2!']) as Error;
    expect(`${told.stack}${told.message}${(told.cause as Error).message}`).not.toContain('hunter2!');
    expect(foreseen(told)).toMatchObject({ type: 'NoSpace', message: 'upload with *** failed: no room for ***' });
  });

  test('our own failures and cancellations stay what they are', () => {
    const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
    for (const each of [ApplicationFailure.nonRetryable('no', 'Busy'), new CancelledFailure('stop'), abort]) {
      expect(isKnown(each)).toBe(true);
    }
  });
});

describe('the log', () => {
  const lines: string[] = [];
  const options = { write: (line: string) => lines.push(line), now: () => '2026-11-24T03:00:00.000Z' };
  const last = () => lines.at(-1);

  test('is one line a message for people, with what helps and without stacks', () => {
    createLog(options).warn('Activity failed', {
      activityType: 'backup',
      attempt: 2,
      taskToken: 'x',
      error: new Error('first\n  second', { cause: new Error('disk') }),
    });
    expect(last()).toBe(
      '2026-11-24T03:00:00.000Z WARN  Activity failed activityType=backup attempt=2 | first; second: disk',
    );
  });

  test('or one JSON object', () => {
    createLog({ ...options, json: true }).info('connected', { taskQueue: 'understudy' });
    expect(JSON.parse(last() as string)).toEqual({
      time: '2026-11-24T03:00:00.000Z',
      level: 'INFO',
      message: 'connected',
      taskQueue: 'understudy',
    });
  });

  test('leaves out what is below its level', () => {
    const before = lines.length;
    createLog({ ...options, level: 'WARN' }).info('quiet');
    expect(lines.length).toBe(before);
  });
});

describe('parts', () => {
  test('all of them: control and each site', () => {
    expect(allParts(['dc1', 'dc2']).map(partName)).toEqual(['control', 'site:dc1', 'site:dc2']);
  });
  test('named ones, each once', () => {
    expect(parseParts(['site:dc2', 'control', 'site:dc2'], ['dc1', 'dc2'])).toEqual([
      { kind: 'control' },
      { kind: 'site', site: 'dc2' },
    ]);
  });
  test('an unknown one is told', () => {
    expect(parseParts(['dc1'], ['dc1'])).toMatchObject({ problem: expect.stringContaining('control, site:dc1') });
  });
});

describe('where Temporal is', () => {
  const nearby = { address: '127.0.0.1:7777', ui: 'http://127.0.0.1:8888', namespace: 'default' };
  const none = { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };

  test('the configuration comes first', () => {
    const settings = temporalSettings({ address: 'a:1', namespace: 'n' }, nearby, { ...none, TEMPORAL_ADDRESS: 'b:2' });
    expect(settings).toMatchObject({ address: 'a:1', namespace: 'n' });
    expect(settings.ui).toBeUndefined();
  });
  test('then Temporal’s own means, whose API key is used with TLS', () => {
    const settings = temporalSettings({}, nearby, { ...none, TEMPORAL_ADDRESS: 'b:2', TEMPORAL_API_KEY: 'key' });
    expect(settings).toMatchObject({ address: 'b:2', connection: { apiKey: 'key', tls: true } });
  });
  test('a profile of temporal.toml is such a means', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'understudy-profile-'));
    const file = join(folder, 'temporal.toml');
    await writeFile(file, '[profile.dr]\naddress = "c:3"\nnamespace = "dr"\n');
    const settings = temporalSettings({}, nearby, { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'dr' });
    expect(settings).toMatchObject({ address: 'c:3', namespace: 'dr' });
    await rm(folder, { recursive: true });
  });
  test('then the embedded one beside the configuration, with its UI', () => {
    expect(temporalSettings({}, nearby, none)).toMatchObject({ address: nearby.address, ui: nearby.ui });
  });
  test('an empty variable counts as not set', () => {
    const empty = {
      ...none,
      TEMPORAL_ADDRESS: '',
      TEMPORAL_PROFILE: '',
      TEMPORAL_NAMESPACE: ' ',
      TEMPORAL_API_KEY: '',
    };
    expect(temporalSettings({}, undefined, empty)).toMatchObject({ address: 'localhost:7233', namespace: 'default' });
    expect(temporalSettings({}, undefined, empty).connection?.apiKey).toBeUndefined();
  });
  test('then localhost', () => {
    expect(temporalSettings({}, undefined, none)).toMatchObject({ address: 'localhost:7233', namespace: 'default' });
  });
});

test('the embedded Temporal listens on loopback only, keeps its database, knows our search attributes and is not paced', () => {
  const args = temporalArguments('/state/temporal.db', 'default', { port: 7233, uiPort: 8233 });
  expect(args.join(' ')).toContain('--ip 127.0.0.1 --port 7233 --ui-port 8233 --db-filename /state/temporal.db');
  expect(args).toContain('history.transferProcessorMaxPollRPS=2000');
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) expect(args).toContain(`${name}=${type}`);
});
