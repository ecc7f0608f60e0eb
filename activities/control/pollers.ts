import { type Client, isGrpcServiceError } from '@temporalio/client';

/** The API's `TaskQueueType`. */
const TYPES = { workflow: 1, activity: 2 } as const;
/** A poll lasts a minute at most; a worker that was not seen for longer is not there. */
const RECENT_MS = 75_000;

/** gRPC: the server for tests with skipped time does not tell who polls. */
const UNIMPLEMENTED = 12;

/** Whether a worker polls this queue now, as far as Temporal saw one. */
export async function polled(client: Client, queue: string, type: keyof typeof TYPES): Promise<boolean> {
  const request = {
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: TYPES[type],
  };
  try {
    const { pollers } = await client.connection.workflowService.describeTaskQueue(request);
    const seen = (pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1_000);
    return seen.some((at) => Date.now() - at < RECENT_MS);
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === UNIMPLEMENTED) return false;
    throw error;
  }
}
