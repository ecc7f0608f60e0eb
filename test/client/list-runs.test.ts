import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { listRuns } from '../../client/list-runs.ts';

/** A server whose list still shows what has ended: what a large one does for a second or more. */
function lagging(states: Readonly<Record<string, string>>): Client {
  const handle = (id: string) => ({
    describe: async () => {
      const name = states[id];
      if (name === undefined) throw new WorkflowNotFoundError('gone', id, undefined);
      return { status: { name } };
    },
  });
  async function* list() {
    for (const workflowId of [...Object.keys(states), 'failover/orders/retired']) {
      yield { workflowId, runId: 'r1', type: workflowId.split('/')[0], startTime: new Date(0) };
    }
  }
  return { workflow: { list, getHandle: handle } } as unknown as Client;
}

test('a run that has ended, or whose history is gone, is not in progress, whatever the list says', async () => {
  const client = lagging({
    'failover/orders/2026-11-24T0300': 'COMPLETED',
    'failover/orders/2026-11-24T0301': 'RUNNING',
    'sync/orders': 'FAILED',
  });
  expect((await listRuns(client, 'orders')).map(({ id }) => id)).toEqual(['failover/orders/2026-11-24T0301']);
});

test('a scheduled sync is of its own pair alone', async () => {
  const client = lagging({ 'sync/orders-2026-11-24T03:00:00Z': 'RUNNING', 'sync/orders2': 'RUNNING' });
  expect((await listRuns(client, 'orders')).map(({ id }) => id)).toEqual(['sync/orders-2026-11-24T03:00:00Z']);
});
