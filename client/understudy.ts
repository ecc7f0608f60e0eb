import { randomUUID } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Finding } from '../model/finding.ts';
import type { FailoverInput, PauseInput, SyncInput } from '../model/inputs.ts';
import type { InspectInput, SetupResult, VaultPoints } from '../model/inspect.ts';
import { CONTROL_QUEUE, failoverWorkflowId, pairWorkflowId, syncWorkflowId } from '../model/names.ts';
import { type FailoverResult, MESSAGES, type PairStatus, type SyncResult } from '../model/status.ts';
import { type ListedRun, listRuns } from './list-runs.ts';
import { createRun, type Run, type Told } from './run.ts';
import { requireSearchAttributes } from './search-attributes.ts';

export interface UnderstudyOptions {
  readonly client: Client;
  readonly pair: string;
  /** Milliseconds that a question to a workflow may take; without a worker it takes them all. */
  readonly patience?: number;
}

/** What can be asked of one pair. Errors are Temporal's own; `problemOf` tells them in words. */
export interface Understudy {
  readonly pair: string;
  /** Makes the records where they are absent. Repeatable. */
  setup(): Promise<SetupResult>;
  /** Starts `pair`, or leaves it running. */
  startPair(): Promise<void>;
  sync(): Promise<Run<SyncResult>>;
  failover(input: Omit<FailoverInput, 'pair'>): Promise<Run<FailoverResult>>;
  /** A run by its workflow id. */
  run(id: string): Run<unknown>;
  /** Syncs and failovers in progress, oldest first. */
  runs(): Promise<readonly ListedRun[]>;
  /** What `pair` tells; null before it has looked for the first time. */
  status(): Promise<PairStatus | null>;
  /** The pair's own pause: no sync is started while it lasts. */
  pause(input: PauseInput): Promise<Told>;
  resume(): Promise<Told>;
  /** Asks the sites, or vaults, just now. Changes nothing. */
  inspect(what: 'sites'): Promise<PairStatus>;
  inspect(what: 'points'): Promise<readonly VaultPoints[]>;
  inspect(what: 'check'): Promise<readonly Finding[]>;
}

export function createUnderstudy({ client, pair, patience = 15_000 }: UnderstudyOptions): Understudy {
  const { workflow } = client;
  const soon = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + patience, call);
  const ready = (): Promise<void> => soon(() => requireSearchAttributes(client));
  const start = async (type: string, workflowId: string, input: object, summary: string) => {
    await ready();
    return workflow.start(type, { workflowId, taskQueue: CONTROL_QUEUE, args: [input], staticSummary: summary });
  };
  const pairRun = createRun<void>(client, workflow.getHandle(pairWorkflowId(pair)), patience);

  return {
    pair,
    async setup() {
      const handle = await workflow.start('setup', {
        workflowId: `setup/${pair}`,
        taskQueue: CONTROL_QUEUE,
        args: [{ pair }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `set up ${pair}`,
      });
      return (await handle.result()) as SetupResult;
    },
    async startPair() {
      await ready();
      await workflow.start('pair', {
        workflowId: pairWorkflowId(pair),
        taskQueue: CONTROL_QUEUE,
        args: [{ pair }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `pair ${pair}`,
      });
    },
    async sync() {
      const input: SyncInput = { pair };
      const handle = await start('sync', syncWorkflowId(pair), input, `sync ${pair}, by hand`);
      return createRun<SyncResult>(client, handle, patience);
    },
    async failover(input) {
      const full: FailoverInput = { pair, ...input };
      const id = failoverWorkflowId(pair, new Date().toISOString());
      const handle = await start('failover', id, full, `${pair} to ${full.to}, ${full.mode}: ${full.reason}`);
      return createRun<FailoverResult>(client, handle, patience);
    },
    run: (id) => createRun(client, workflow.getHandle(id), patience),
    runs: () => listRuns(client, pair),
    status: () =>
      soon(async () => {
        const handle = workflow.getHandle(pairWorkflowId(pair));
        // A closed workflow still answers queries, with what was true when it ended.
        const { status } = await handle.describe();
        if (status.name === 'RUNNING') return handle.query<PairStatus | null>(MESSAGES.status);
        throw new WorkflowNotFoundError('not in progress', handle.workflowId, undefined);
      }),
    pause: (input) => pairRun.pause(input),
    resume: () => pairRun.resume(),
    async inspect(what: InspectInput['what']) {
      const input: InspectInput = { pair, what };
      const handle = await workflow.start('inspect', {
        workflowId: `inspect/${pair}/${what}-${randomUUID().slice(0, 8)}`,
        taskQueue: CONTROL_QUEUE,
        args: [input],
        staticSummary: `look at ${what}`,
        // Somebody waits for it; a look that was forgotten is of no use.
        workflowExecutionTimeout: '5 minutes',
      });
      return (await handle.result()) as never;
    },
  };
}
