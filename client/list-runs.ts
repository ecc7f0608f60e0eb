import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';

export interface ListedRun {
  readonly id: string;
  readonly runId: string;
  readonly kind: 'sync' | 'failover';
  readonly startedAt: string;
}

/** gRPC: an unknown search attribute in a query. */
const INVALID_ARGUMENT = 3;

/**
 * Runs of this pair in progress, oldest first; one that was started a moment ago may be missing. Found by their search
 * attribute, since a run that was started in the UI has any id, and by their ids, since the attribute may not be registered.
 */
export async function listRuns(client: Client, pair: string): Promise<readonly ListedRun[]> {
  const named = `WorkflowId STARTS_WITH 'failover/${pair}/' OR WorkflowId STARTS_WITH 'sync/${pair}'`;
  try {
    return await list(client, pair, `(${named} OR UnderstudyPair = '${pair}')`);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (![error, cause].some((each) => isGrpcServiceError(each) && each.code === INVALID_ARGUMENT)) throw error;
    return list(client, pair, `(${named})`);
  }
}

async function list(client: Client, pair: string, which: string): Promise<readonly ListedRun[]> {
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN ('sync', 'failover') AND ${which}`;
  const found: ListedRun[] = [];
  for await (const run of client.workflow.list({ query })) {
    if (!isOf(pair, run.workflowId) || !(await isOpen(client, run))) continue;
    found.push({
      id: run.workflowId,
      runId: run.runId,
      kind: run.type === 'sync' ? 'sync' : 'failover',
      startedAt: run.startTime.toISOString(),
    });
  }
  return found.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/**
 * The list lags behind by a second or more on a large server: the failover that has just ended would make the failback
 * that follows it wait for itself.
 */
async function isOpen(client: Client, run: { readonly workflowId: string; readonly runId: string }): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Scheduled syncs are `sync/orders-2026-…`: the prefix alone also finds those of `orders2` and `orders-test`. */
function isOf(pair: string, id: string): boolean {
  if (!id.startsWith('sync/')) return true;
  const rest = id.slice(`sync/${pair}`.length);
  return rest === '' || !id.startsWith(`sync/${pair}`) || /^-\d{4}-\d\d-\d\dT/.test(rest);
}
