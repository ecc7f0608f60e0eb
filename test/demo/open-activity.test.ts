import { describe, expect, it } from 'vitest';
import { attemptsOf, type Look, openActivity, spanOf } from '../../demo/open-activity.ts';

const pending = (type: string, started: boolean) => ({ id: '7', attempt: 1, type, started });

/** Tells these looks one after the other, and the last one ever after. */
const looks = (...all: readonly Look[]): (() => Promise<Look>) => {
  let at = 0;
  return async () => all[Math.min(at++, all.length - 1)] as Look;
};

describe('waiting for an open activity', () => {
  it('ends when a worker has one in its hands, not before', async () => {
    const look = looks(
      { running: true, pending: [pending('backup', true)] },
      { running: true, pending: [pending('restore', false)] },
      { running: true, pending: [pending('restore', true)] },
    );
    expect(await openActivity(look, 'restore', 60_000)).toEqual({ id: '7', attempt: 1 });
  });

  it('ends with the run, although no look saw the activity', async () => {
    const look = looks({ running: true, pending: [] }, { running: false, pending: [] });
    expect(await openActivity(look, 'restore', 60_000)).toBeUndefined();
  });

  it('ends with its time, although the run goes on', async () => {
    expect(await openActivity(looks({ running: true, pending: [] }), 'restore', 50)).toBeUndefined();
  });
});

describe('the attempts at an activity, by the history', () => {
  const history = [
    { eventId: 5, activityTaskScheduledEventAttributes: { activityId: '1' } },
    { eventId: 6, activityTaskStartedEventAttributes: { scheduledEventId: 5, attempt: 1 } },
    { eventId: 9, activityTaskScheduledEventAttributes: { activityId: '2' } },
    { eventId: 10, activityTaskStartedEventAttributes: { scheduledEventId: 9, attempt: 2 } },
    { eventId: 11, activityTaskScheduledEventAttributes: { activityId: '3' } },
  ];
  it.each([
    ['1', 1, 'no attempt was lost'],
    ['2', 2, 'one was lost'],
    ['3', 0, 'it has not ended'],
    ['4', 0, 'there is no such activity'],
  ])('of activity %s are %i: %s', (id, attempts) => {
    expect(attemptsOf(history, id)).toBe(attempts);
  });
});

it('when an activity began and ended is told by the clock of the server, which wrote the history', () => {
  const at = (seconds: number) => ({ seconds: { toString: () => `${seconds}` }, nanos: 500_000_000 });
  const scheduled = (eventId: number, name: string) => ({
    eventId,
    eventTime: at(eventId),
    activityTaskScheduledEventAttributes: { activityType: { name } },
  });
  const completed = (eventId: number, scheduledEventId: number) => ({
    eventId,
    eventTime: at(eventId),
    activityTaskCompletedEventAttributes: { scheduledEventId },
  });
  const history = [scheduled(5, 'observe'), completed(7, 5), scheduled(8, 'backup'), completed(12, 8)];
  expect(spanOf(history, 'backup')).toEqual({ from: 8_500, to: 12_500 });
  expect(spanOf(history.slice(0, 3), 'backup')).toBeUndefined();
});
