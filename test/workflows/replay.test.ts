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
    const failovers = ['planned', 'unplanned', 'turned', 'given-back', 'rejected', 'timed-out', 'retried-and-skipped'];
    const more = ['cancelled-before', 'cancelled-after', 'taken-over', 'thawed'];
    expect(FILES).toEqual(
      [
        ...[...failovers, ...more].map((how) => `failover-${how}.json`),
        ...['synced', 'faulty', 'busy', 'not-proven'].map((how) => `sync-${how}.json`),
        ...['setup.json', 'pair.json', 'pair-after-continue-as-new.json'],
      ].sort(),
    );
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

/** One event of a history as JSON; ids are strings. */
type Event = { readonly eventId: string; readonly eventType: string };

/**
 * The same run, whose worker was started anew while it asked: what opened its question and the answer come to it in one
 * workflow task, because a query had shown the question before. The tasks in between are taken out, and the rest counted anew.
 */
function answeredAhead(events: readonly Event[]): readonly Event[] {
  const answer = events.findIndex(({ eventType }) => eventType.endsWith('UPDATE_ACCEPTED'));
  const isTask = ({ eventType }: Event): boolean => eventType.includes('_WORKFLOW_TASK_');
  let from = answer;
  while (isTask(events[from - 1] as Event)) from--;
  const kept = events.filter((_, index) => index < from || index >= answer - 3);
  const numbers = new Map<string, string>();
  let next = 0;
  for (const event of events) numbers.set(event.eventId, String(kept.includes(event) ? ++next : next));
  return JSON.parse(
    JSON.stringify(kept, (key, value) => (/eventId$/i.test(key) ? (numbers.get(String(value)) ?? value) : value)),
  );
}

test('An answer to a question that a query ran ahead to is taken by every replay, too', async () => {
  const { workflowId, history } = JSON.parse(await readFile(join(FOLDER, 'failover-planned.json'), 'utf8'));
  const events = answeredAhead(history.events);
  expect(events.length).toBeLessThan(history.events.length);
  await Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') } }, { events }, workflowId);
});
