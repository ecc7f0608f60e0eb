import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
} from '@temporalio/client';
import type { Answer } from '../model/asks.ts';
import type { PauseInput } from '../model/inputs.ts';
import { MESSAGES, type RunStatus } from '../model/status.ts';

/** One run: a workflow execution that can be looked at, answered and waited for. */
export interface Run<Result> {
  readonly id: string;
  status(): Promise<RunStatus>;
  /** Waits for its end, however long that takes. */
  result(): Promise<Result>;
  /** Rejects with the reason if it does not fit what the run waits for now. */
  answer(answer: Answer): Promise<void>;
  pause(input: PauseInput): Promise<Told>;
  resume(): Promise<Told>;
}

/** What became of a pause or its end. */
export interface Told {
  /** False: it was taken, and what it waits for goes on; nothing has to be said again. */
  readonly done: boolean;
  /** The workflow's own words. */
  readonly says: string;
}

const TAKEN: Told = { done: false, says: 'taken; it is written down at each site when the step there ends' };

/** `patience`: milliseconds that a question may take. */
export function createRun<Result>(client: Client, handle: WorkflowHandle, patience: number): Run<Result> {
  const soon = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + patience, call);
  const tell = async (name: string, input: object): Promise<void> => {
    await soon(() => handle.executeUpdate(name, { args: [input] }));
  };
  const say = async (name: string, input?: object): Promise<Told> => {
    const waitForStage = WorkflowUpdateStage.ACCEPTED;
    const update = await soon(() =>
      input === undefined
        ? handle.startUpdate<string, []>(name, { waitForStage })
        : handle.startUpdate<string, [object]>(name, { waitForStage, args: [input] }),
    );
    try {
      return { done: true, says: (await soon(() => update.result())) ?? '' };
    } catch (error) {
      // A worker has taken it: a step may hold what it needs for hours.
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return TAKEN;
      throw error;
    }
  };
  return {
    id: handle.workflowId,
    status: () => soon(() => handle.query<RunStatus>(MESSAGES.status)),
    result: () => handle.result() as Promise<Result>,
    answer: (answer) => tell(MESSAGES.answer, answer),
    pause: (input) => say(MESSAGES.pause, input),
    resume: () => say(MESSAGES.resume),
  };
}
