import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowClient, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, type Duration } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Ask, Choice } from '../../model/asks.ts';
import type { RunStatus, StepState } from '../../model/status.ts';

/** A run that a test talks to as a person would. */
export interface Running<Result> {
  readonly handle: WorkflowHandle<(input?: unknown) => Promise<Result>>;
  /** The run's id and run id: what a claim names. */
  readonly operation: string;
  status(): Promise<RunStatus>;
  /** Waits until the run asks at this step (any step: the next ask that is open). `skip` moves the run's clock meanwhile. */
  asks(step?: string, how?: { readonly skip?: Duration }): Promise<Ask>;
  /** Waits for the next ask, and answers it. Returns what was asked. */
  answer(
    choice: Choice,
    how?: { readonly step?: string; readonly who?: string; readonly skip?: Duration },
  ): Promise<Ask>;
  /** Answers this very ask; rejects where the run refuses. */
  send(ask: string, choice: string, who?: string): Promise<string>;
  /**
   * Waits for the end of the run; `skip` moves its clock again and again until then. (The SDK's own way lets the clock
   * jump by years when nothing else is due.)
   */
  result(how?: { readonly skip?: Duration }): Promise<Result>;
  /** The failure that ended the run: its type and its message. */
  failure(): Promise<{ readonly type: string; readonly message: string }>;
  /**
   * Cancels the run and waits until it has heard of it. This server loses a run whose step ends at the very same time, so
   * what ran beside the present step is let end before.
   */
  cancel(): Promise<void>;
  /**
   * Terminates the run, between two activities: the clock of this server stands still for ever after one whose run was
   * terminated before it ended.
   */
  terminate(): Promise<void>;
  /** State of each step. */
  steps(): Promise<Record<string, StepState>>;
}

const LIMIT_MS = 60_000;

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** How far a run is, by one look at its history: nothing of it is older than the rest. */
interface Progress {
  readonly length: number;
  /** Activities that were scheduled and have not ended. */
  readonly open: number;
  /** The workflow has acted on everything that it was told. */
  readonly idle: boolean;
  /** It has acted since it was cancelled. */
  readonly heard: boolean;
}

function progressOf(events: readonly HistoryEvent[]): Progress {
  const last = (key: keyof HistoryEvent): number => events.findLastIndex((event) => event[key]);
  const acted = last('workflowTaskCompletedEventAttributes');
  const cancelled = last('workflowExecutionCancelRequestedEventAttributes');
  const ended = events.flatMap((event) => {
    const end =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    return end ? [`${end.scheduledEventId}`] : [];
  });
  const open = events.filter(
    ({ activityTaskScheduledEventAttributes: each, eventId }) => each && !ended.includes(`${eventId}`),
  );
  return {
    length: events.length,
    open: open.length,
    idle: acted > last('workflowTaskScheduledEventAttributes'),
    heard: cancelled >= 0 && acted > cancelled,
  };
}

export function createRunning<Result>(
  env: TestWorkflowEnvironment,
  handle: Running<Result>['handle'] & { readonly firstExecutionRunId?: string },
): Running<Result> {
  const plain = new WorkflowClient({ connection: env.connection }).getHandle<(input?: unknown) => Promise<Result>>(
    handle.workflowId,
    handle.firstExecutionRunId,
  );
  const status = (): Promise<RunStatus> => handle.query<RunStatus>('status');
  const progress = async (): Promise<Progress> => progressOf((await handle.fetchHistory()).events ?? []);
  const answered = new Set<string>();

  const running: Running<Result> = {
    handle,
    operation: `${handle.workflowId}/${handle.firstExecutionRunId}`,
    status,
    async asks(step, { skip } = {}) {
      const until = Date.now() + LIMIT_MS;
      for (;;) {
        const { ask, steps } = await status();
        if (ask && !answered.has(ask.id) && (step === undefined || ask.step === step)) return ask;
        if (Date.now() > until) {
          const open = steps.filter(({ state }) => state !== 'waiting').map(({ id, state, note }) => [id, state, note]);
          throw new Error(`no ask at ${step ?? 'any step'}: ${JSON.stringify({ ask, open })}`);
        }
        if (skip) await env.sleep(skip);
        await sleep(15);
      }
    },
    async answer(choice, { step, who = 'Ada', skip } = {}) {
      const ask = await running.asks(step, skip === undefined ? {} : { skip });
      await running.send(ask.id, choice, who);
      return ask;
    },
    async send(ask, choice, who = 'Ada') {
      const said = await handle.executeUpdate<string, [unknown]>('answer', {
        args: [{ ask, choice, who, why: 'because of the test' }],
      });
      answered.add(ask);
      return said;
    },
    async result({ skip } = {}) {
      while (skip && (await handle.describe()).status.name === 'RUNNING') await env.sleep(skip);
      return plain.result();
    },
    async failure() {
      try {
        await plain.result();
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw error;
        const { cause } = error;
        return {
          type: cause instanceof ApplicationFailure ? (cause.type ?? '') : (cause?.name ?? ''),
          message: cause?.message ?? '',
        };
      }
      throw new Error('the run was expected to fail, and did not');
    },
    async cancel() {
      for (const until = Date.now() + 5_000; Date.now() < until; await sleep(50)) {
        const { open, idle } = await progress();
        if (open <= 1 && idle) break;
      }
      await handle.cancel();
      for (const until = Date.now() + 20_000; Date.now() < until; await sleep(50)) if ((await progress()).heard) return;
    },
    async terminate() {
      let before = -1;
      for (const until = Date.now() + 8_000; Date.now() < until; await sleep(100)) {
        if ((await handle.describe()).status.name !== 'RUNNING') return;
        const { open, idle, length } = await progress();
        if (open === 0 && idle && length === before) break;
        before = length;
      }
      await handle.terminate('lost').catch(() => undefined);
    },
    async steps() {
      return Object.fromEntries((await status()).steps.map(({ id, state }) => [id, state]));
    },
  };
  return running;
}
