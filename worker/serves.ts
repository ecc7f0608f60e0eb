import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';

/** Whether Temporal answers at this address and knows the namespace, asked again until `limitMs` is over or `given up`. */
export async function serves(
  address: string,
  namespace: string,
  limitMs: number,
  givenUp: () => boolean = () => false,
): Promise<boolean> {
  const until = Date.now() + limitMs;
  do {
    if (await answers({ address }, namespace)) return true;
    await sleep(100);
  } while (Date.now() < until && !givenUp());
  return false;
}

async function answers(options: ConnectionOptions, namespace: string): Promise<boolean> {
  const connection = Connection.lazy(options);
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
