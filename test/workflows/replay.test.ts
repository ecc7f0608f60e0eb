import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, type ReplayWorkerOptions, Runtime, Worker } from '@temporalio/worker';
import { describe, expect, inject, test } from 'vitest';
import { bundleWorkflows } from './control/bundle.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF' } } });

const FOLDER = join(import.meta.dirname, '..', 'histories');
const FILES = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();

interface Recorded {
  readonly workflowId: string;
  readonly history: unknown;
}

async function replay(file: string, workflowBundle: ReplayWorkerOptions['workflowBundle']): Promise<void> {
  const { workflowId, history } = JSON.parse(await readFile(join(FOLDER, file), 'utf8')) as Recorded;
  await Worker.runReplayHistory(workflowBundle ? { workflowBundle } : {}, history, workflowId);
}

describe('A run that was recorded goes the same way with the workflows of today', () => {
  test('there are runs of every kind', () => {
    for (const kind of ['setup', 'sync', 'failover', 'pair']) expect(FILES.join()).toContain(`${kind}`);
    expect(FILES.length).toBeGreaterThanOrEqual(12);
  });

  test.each(FILES)('%s', async (file) => {
    await replay(file, { codePath: inject('workflowBundle') });
  });
});

describe('The replay finds what would break runs in progress', () => {
  test.each([
    ['as it is', undefined],
    ['with two steps swapped', /nondeterminism/i],
  ] as const)('the runbook %s', async (variant, failure) => {
    const code = await bundleWorkflows(variant === 'as it is' ? 'same' : 'swapped');
    const replayed = replay('failover-given-back.json', { code });
    if (failure) await expect(replayed).rejects.toThrow(failure);
    else await replayed;
  });
});
