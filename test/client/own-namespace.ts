import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

/** Makes a namespace, where the queue `understudy` and all ids are ours alone, and no search attribute is registered. */
export async function ownNamespace(address: string): Promise<string> {
  const namespace = `cli-${randomUUID().slice(0, 8)}`;
  const connection = await Connection.connect({ address });
  try {
    const retention = { seconds: 86_400 as never };
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
    // The server's parts hear of a new namespace one after the other.
    for (const until = Date.now() + 60_000; ; await sleep(100)) {
      try {
        await connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: 'any' }, taskQueueType: 1 });
        await connection.workflowService.listWorkflowExecutions({ namespace, query: '' });
        return namespace;
      } catch (error) {
        if (Date.now() > until) throw error;
      }
    }
  } finally {
    await connection.close();
  }
}
