/** Names that people type and see: queues, workflow ids, search attributes. One place, no Node. */

/** Every workflow starts here, whatever its pair: the control workers of all pairs of a namespace serve it. */
export const CONTROL_QUEUE = 'understudy';

/** What only the control worker of this pair can do: it alone has the configuration. Names hold no dot. */
export const pairQueue = (pair: string): string => `understudy.${pair}`;
export const siteQueue = (pair: string, site: string): string => `understudy.${pair}.${site}`;

export const WORKFLOW_TYPES = ['pair', 'sync', 'failover'] as const;
export type WorkflowType = (typeof WORKFLOW_TYPES)[number];

export const pairWorkflowId = (pair: string): string => `pair/${pair}`;
/** Scheduled syncs get the time of their start appended by the server. */
export const syncWorkflowId = (pair: string): string => `sync/${pair}`;
/** `now` is an ISO time: `failover/orders/2026-11-24T0300`. */
export const failoverWorkflowId = (pair: string, now: string): string =>
  `failover/${pair}/${now.slice(0, 16).replace(':', '')}`;
export const syncScheduleId = (pair: string): string => `sync/${pair}`;

/** Registered by the control worker at its start, and by whoever starts a run. The recovery point age is in seconds, as last known. */
export const SEARCH_ATTRIBUTES = {
  UnderstudyPair: 'Keyword',
  UnderstudyActiveSite: 'Keyword',
  UnderstudyState: 'Keyword',
  UnderstudyStep: 'Keyword',
  UnderstudyRecoveryPointAge: 'Int',
} as const;

/** A claim's operation: which run it is. */
export const operationOf = (workflowId: string, runId: string): string => `${workflowId}/${runId}`;

/** A point's id: epochs of different actives never coincide, and the sequence is raised before each backup. */
export const pointId = (epoch: number, sequence: number): string => `e${epoch}.s${sequence}`;

/** Orders points by (epoch, sequence). Returns undefined for anything that is not a point's id. */
export function parsePointId(id: string): { readonly epoch: number; readonly sequence: number } | undefined {
  const match = /^e(\d+)\.s(\d+)$/.exec(id);
  return match ? { epoch: Number(match[1]), sequence: Number(match[2]) } : undefined;
}
