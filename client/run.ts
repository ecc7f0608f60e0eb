import type { Client, WorkflowHandle } from '@temporalio/client';
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
  pause(input: PauseInput): Promise<void>;
  resume(): Promise<void>;
}

/** `patience`: milliseconds that a question may take. */
export function createRun<Result>(client: Client, handle: WorkflowHandle, patience: number): Run<Result> {
  const soon = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + patience, call);
  const tell = async (name: string, input?: object): Promise<void> => {
    await soon(() =>
      input === undefined ? handle.executeUpdate(name) : handle.executeUpdate(name, { args: [input] }),
    );
  };
  return {
    id: handle.workflowId,
    status: () => soon(() => handle.query<RunStatus>(MESSAGES.status)),
    result: () => handle.result() as Promise<Result>,
    answer: (answer) => tell(MESSAGES.answer, answer),
    pause: (input) => tell(MESSAGES.pause, input),
    resume: () => tell(MESSAGES.resume),
  };
}
