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
    const more = ['cancelled-before', 'cancelled-after', 'taken-over', 'drained', 'thawed'];
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

const payload = (value: unknown): object => ({
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from(JSON.stringify(value)).toString('base64'),
});

/**
 * The same run, which somebody paused and let go on again while it was looked at right after its worker was started anew: the
 * pause came in one workflow task with the end of a step, and the next step was begun all the same.
 */
function pausedAhead(events: readonly Event[], activity: string): readonly Event[] {
  const named = (event: Event): boolean => JSON.stringify(event).includes(`"activityType":{"name":"${activity}"}`);
  const scheduled = events.find((event) => event.eventType.endsWith('ACTIVITY_TASK_SCHEDULED') && named(event));
  const ended = events.findIndex(
    (event) =>
      event.eventType.endsWith('ACTIVITY_TASK_COMPLETED') &&
      JSON.stringify(event).includes(`"scheduledEventId":"${scheduled?.eventId}"`),
  );
  const nextEnd = events.findIndex(
    (event, index) => index > ended + 4 && event.eventType.endsWith('ACTIVITY_TASK_COMPLETED'),
  );
  const signal = (signalName: string, input?: unknown) => (before: Event) => ({
    eventId: 'new',
    eventTime: (before as { eventTime?: string }).eventTime,
    eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
    workflowExecutionSignaledEventAttributes: { signalName, input: { payloads: input ? [payload(input)] : [] } },
  });
  const numbers = new Map<string, string>();
  const longer = events.flatMap((event, index) => {
    if (index === ended) return [event, signal('pause', { who: 'Ada', why: 'a moment' })(event)];
    return index === nextEnd ? [event, signal('resume')(event)] : [event];
  });
  longer.forEach(({ eventId }, index) => {
    if (eventId !== 'new') numbers.set(eventId, String(index + 1));
  });
  return longer.map((event, index) => ({
    ...JSON.parse(
      JSON.stringify(event, (key, value) => (/eventId$/i.test(key) ? (numbers.get(String(value)) ?? value) : value)),
    ),
    eventId: String(index + 1),
  }));
}

test.each(['stage', 'issueReceipt'])(
  'A pause that came while a query had run ahead, past the end of %s, is taken by every replay, too',
  async (activity) => {
    const { workflowId, history } = JSON.parse(await readFile(join(FOLDER, 'failover-planned.json'), 'utf8'));
    const events = pausedAhead(history.events, activity);
    expect(events.length).toBe(history.events.length + 2);
    await Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') } }, { events }, workflowId);
  },
);
