import { type Client, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { expect, test, vi } from 'vitest';
import { createRun } from '../../client/run.ts';

/** A workflow whose worker took the message, or did not. */
const runOn = (update: () => Promise<{ result(): Promise<string> }>) => {
  const client = { withDeadline: (_: number, call: () => unknown) => call() } as unknown as Client;
  const handle = { workflowId: 'pair/orders', startUpdate: vi.fn(update) };
  return createRun<void>(client, handle as never, 15_000);
};
const late = async (): Promise<never> => {
  throw new WorkflowUpdateRPCTimeoutOrCancelledError('too late');
};
const ADA = { who: 'Ada', why: 'storage work' };

test('a pause that was taken while a step holds the site is told as taken, and is no failure', async () => {
  const run = runOn(async () => ({ result: late }));
  expect(await run.pause(ADA)).toEqual({ done: false, says: expect.stringContaining('when the step there ends') });
  expect(await run.resume()).toMatchObject({ done: false });
});

test('one that no worker took is a failure', async () => {
  await expect(runOn(late).pause(ADA)).rejects.toBeInstanceOf(WorkflowUpdateRPCTimeoutOrCancelledError);
});

test('one that was written down tells the words of the pair', async () => {
  const run = runOn(async () => ({ result: async () => 'b did not answer and will be told later' }));
  expect(await run.pause(ADA)).toEqual({ done: true, says: 'b did not answer and will be told later' });
});
