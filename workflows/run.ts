import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ANSWER_EXAMPLE,
  type Answer,
  type Ask,
  answerProblem,
  answerRefusal,
  type Choice,
  factsDigest,
} from '../model/asks.ts';
import { EXAMPLES, inputProblem, type PauseInput } from '../model/inputs.ts';
import { operationOf, pairWorkflowId } from '../model/names.ts';
import { MESSAGES, type RunReport, type RunStatus, type StepStatus } from '../model/status.ts';
import { details } from './details.ts';

/**
 * What every run has: a status that people see, questions and their answers, pause and resume. One object, made before the
 * first await, so that messages never arrive too early.
 */

export const statusQuery = defineQuery<RunStatus>(MESSAGES.status);
export const answerUpdate = defineUpdate<string, [Answer]>(MESSAGES.answer);
export const answerSignal = defineSignal<[Answer]>(MESSAGES.answer);
export const pauseUpdate = defineUpdate<string, [PauseInput]>(MESSAGES.pause);
export const pauseSignal = defineSignal<[PauseInput]>(MESSAGES.pause);
export const resumeUpdate = defineUpdate<string, [unknown?]>(MESSAGES.resume);
export const resumeSignal = defineSignal<[unknown?]>(MESSAGES.resume);
export const reportSignal = defineSignal<[RunReport]>(MESSAGES.report);

export const STEP_KEY = defineSearchAttributeKey('UnderstudyStep', SearchAttributeType.KEYWORD);
export const STATE_KEY = defineSearchAttributeKey('UnderstudyState', SearchAttributeType.KEYWORD);
export const PAIR_KEY = defineSearchAttributeKey('UnderstudyPair', SearchAttributeType.KEYWORD);
export const ACTIVE_KEY = defineSearchAttributeKey('UnderstudyActiveSite', SearchAttributeType.KEYWORD);
export const AGE_KEY = defineSearchAttributeKey('UnderstudyRecoveryPointAge', SearchAttributeType.INT);

export type AnswerRecord = { step: string; choice: string; who: string; why: string; at: string };

export interface Question {
  readonly step: string;
  readonly title: string;
  readonly choices: readonly Choice[];
  /** What the answer rests on: the ask's id stands for a hash of these, so a changed fact is a new ask. */
  readonly facts: readonly string[];
  /** Milliseconds after which the ask lapses unanswered. */
  readonly timeout?: number;
}

export interface Run {
  readonly operation: string;
  readonly answers: readonly AnswerRecord[];
  status(): RunStatus;
  /** Who may approve, as the plan has it; empty: anyone. */
  approvers(list: readonly string[]): void;
  update(change: Partial<RunStatus>): void;
  step(id: string, change: Partial<StepStatus>): void;
  /** Waits for a person. Undefined when nobody answered within the question's timeout. */
  ask(question: Question): Promise<Answer | undefined>;
  /** How long the run has been waiting for people (an open ask, or a pause), in milliseconds; 0 when it is not. */
  waiting(): number;
  /** Returns at once unless somebody paused the run. */
  unlessPaused(): Promise<void>;
  /** Tells `pair` in passing. It grants nothing, so nobody waits for it, and a missing one is no failure. */
  tell(report: Omit<RunReport, 'id' | 'kind'>): void;
  /** Tells `pair` the last, and waits until it is there: Temporal drops what a run that has ended still had to send. */
  report(report: Omit<RunReport, 'id' | 'kind'>): Promise<void>;
}

export function createRun(kind: 'sync' | 'failover', pair: string, steps: readonly StepStatus[]): Run {
  const info = workflowInfo();
  const operation = operationOf(info.workflowId, info.runId);
  let status: RunStatus = { kind, pair, steps };
  let approvers: readonly string[] = [];
  /** The question that may be answered; shown as `status.ask` a moment later. */
  let open: Ask | undefined;
  let answer: Answer | undefined;
  let round = 0;
  let pausedAt: number | undefined;
  // How long the history was in the task that brought the pause.
  let pausedIn = 0;
  const answers: AnswerRecord[] = [];

  const show = (): void => setCurrentDetails(details(status));
  const update = (change: Partial<RunStatus>): void => {
    status = { ...status, ...change };
    show();
  };
  const without = <K extends keyof RunStatus>(key: K): void => {
    const { [key]: _, ...rest } = status;
    status = rest as RunStatus;
    show();
  };

  setHandler(statusQuery, () => status, {
    description: 'What this run does now, as JSON: its steps and what it asks.',
  });

  /** Whoever sent a signal sees that it arrived, and nothing more. */
  const refuse = (why: string): void => {
    log.warn(`A signal was not taken: ${why}`);
    update({ refused: why });
  };
  const take = (given: Answer): string => {
    answer = given;
    without('refused');
    return `${given.choice} is taken for ${given.ask}`;
  };
  const refusal = (given: unknown): string | undefined =>
    answerProblem(given, open) ??
    (answer ? 'that was answered a moment ago' : answerRefusal(open, given as Answer, approvers));
  setHandler(answerUpdate, take, {
    validator: (given: unknown): void => {
      const why = refusal(given);
      if (why) throw ApplicationFailure.nonRetryable(why, 'Refused');
    },
    description: `Answers what the run asks; see its details for the question. Input: ${ANSWER_EXAMPLE}`,
  });
  setHandler(
    answerSignal,
    (given) => {
      const why = refusal(given);
      if (why) refuse(`answer: ${why}`);
      else take(given);
    },
    {
      description: `The same as the update, but without a reply: a wrong answer only shows in the details. Input: ${ANSWER_EXAMPLE}`,
    },
  );

  const pause = (given: PauseInput): string => {
    // One that is repeated while a run is held must not let it go on for a task.
    if (status.paused === undefined) pausedIn = workflowInfo().historyLength;
    update({ paused: { who: given.who, why: given.why } });
    pausedAt ??= Date.now();
    return 'the run pauses before its next step';
  };
  const resume = (): string => {
    without('paused');
    pausedAt = undefined;
    return 'the run goes on';
  };
  const describePause = `Pauses the run before its next step. Input: ${EXAMPLES.pause}`;
  setHandler(pauseUpdate, pause, {
    validator: (given: unknown): void => {
      const why = inputProblem('pause', given);
      if (why) throw ApplicationFailure.nonRetryable(why, 'InvalidInput');
    },
    description: describePause,
  });
  setHandler(
    pauseSignal,
    (given) => {
      const why = inputProblem('pause', given);
      if (why) refuse(`pause: ${why}`);
      else pause(given);
    },
    { description: describePause },
  );
  setHandler(resumeUpdate, resume, { description: 'Goes on after a pause. Input: none' });
  setHandler(resumeSignal, () => void resume(), { description: 'Goes on after a pause. Input: none' });
  show();

  const report: Run['report'] = async (said) => {
    try {
      const told = { id: info.workflowId, kind, ...said };
      await getExternalWorkflowHandle(pairWorkflowId(pair)).signal(reportSignal, told);
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.info('pair does not run: nothing was reported to it');
    }
  };
  const tell: Run['tell'] = (said) => void CancellationScope.nonCancellable(() => report(said));

  return {
    operation,
    answers,
    status: () => status,
    approvers(list) {
      approvers = list;
    },
    update,
    step(id, change) {
      update({ steps: status.steps.map((step) => (step.id === id ? changed(step, change) : step)) });
      if (change.state === 'running') upsertSearchAttributes([{ key: STEP_KEY, value: id }]);
    },
    async ask({ step, title, choices, facts, timeout }) {
      const id = `${step}-${factsDigest([operation, round++, step, facts, choices])}`;
      answer = undefined;
      without('refused');
      open = { id, step, title, choices, facts, openedAt: new Date().toISOString() };
      upsertSearchAttributes([{ key: STATE_KEY, value: 'ASKING' }]);
      const given = (): boolean => answer !== undefined;
      const summary = `${id} waits for an answer`;
      const answered = timeout === undefined ? condition(given) : condition(given, timeout, { summary });
      answered.catch(() => undefined);
      try {
        // Only what Temporal holds is shown. After a restart of its worker a query runs a workflow ahead of its history; an
        // answer to what was seen there would stand after these commands in the history, and before them in every replay.
        await CancellationScope.nonCancellable(() => report({ step, asks: title }));
        update({ ask: open });
        await answered;
      } finally {
        open = undefined;
        without('ask');
        upsertSearchAttributes([{ key: STATE_KEY, value: 'FAILING OVER' }]);
        tell({ step });
      }
      const taken = answer as Answer | undefined;
      answer = undefined;
      if (taken)
        answers.push({ step, choice: taken.choice, who: taken.who, why: taken.why, at: new Date().toISOString() });
      return taken;
    },
    waiting: () =>
      Math.max(status.ask ? Date.now() - Date.parse(status.ask.openedAt) : 0, pausedAt ? Date.now() - pausedAt : 0),
    async unlessPaused() {
      // A pause counts from the next workflow task on. After a restart of its worker a query runs a workflow ahead of its
      // history: past a step that a replay reaches only in the task which brings the pause, and before which it would stop.
      await condition(() => status.paused === undefined || workflowInfo().historyLength === pausedIn);
    },
    tell,
    report,
  };
}

/** Stamped here, so that every run tells how long its steps take. What an earlier round left is not shown beside a new one. */
function changed({ id, title, ...before }: StepStatus, change: Partial<StepStatus>): StepStatus {
  const now = new Date().toISOString();
  if (change.state === 'waiting') return { id, title, state: 'waiting' };
  if (change.state === 'running' && before.state !== 'running')
    return { id, title, state: 'running', startedAt: now, ...change };
  const ends = change.state === 'done' || change.state === 'skipped';
  return { id, title, ...before, ...(ends ? { endedAt: now } : {}), ...change };
}
