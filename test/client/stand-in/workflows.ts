import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineUpdate,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { type Answer, type Ask, answerProblem, answerRefusal } from '../../../model/asks.ts';
import type { Finding } from '../../../model/finding.ts';
import { type FailoverInput, inputProblem, type PauseInput } from '../../../model/inputs.ts';
import type { InspectInput, SetupResult, VaultPoints } from '../../../model/inspect.ts';
import {
  type FailoverResult,
  MESSAGES,
  type PairStatus,
  type RunStatus,
  type StepStatus,
  type SyncResult,
} from '../../../model/status.ts';

/** The outside of Understudy's workflows, as far as the command line sees it: messages, statuses and results. */

const statusQuery = defineQuery<unknown>(MESSAGES.status);
const answerUpdate = defineUpdate<void, [Answer]>(MESSAGES.answer);
const pauseUpdate = defineUpdate<void, [PauseInput]>(MESSAGES.pause);
const resumeUpdate = defineUpdate<void, [PauseInput]>(MESSAGES.resume);

const AT = '2026-11-24T03:00:00.000Z';

function pairStatus(pair: string, state: string): PairStatus {
  return {
    pair,
    state,
    active: 'dc1',
    runs: [],
    lastSync: { point: 'e1.s7', at: AT },
    sites: [site('dc1', 'active', 'own'), site('dc2', 'standby', 'proven')],
    clients: 'lead to dc1',
    observedAt: AT,
  };
}

const site = (name: string, role: string, content: string): PairStatus['sites'][number] => ({
  site: name,
  role,
  epoch: 1,
  claim: 3,
  content,
  reachable: true,
  health: 'ok',
});

export async function setup({ pair }: { pair: string }): Promise<SetupResult> {
  return { active: 'dc1', did: [`record of ${pair} at dc2 made: standby`, `record of ${pair} at dc1 made: active`] };
}

export async function pair(input: { pair: string }): Promise<void> {
  let paused: PauseInput | undefined;
  let looks = 0;
  setHandler(statusQuery, () => ({
    ...pairStatus(input.pair, paused ? 'PAUSED' : 'PROTECTED'),
    ...(paused ? { paused } : {}),
    looks: looks++,
  }));
  setHandler(pauseUpdate, (person) => {
    paused = person;
  });
  setHandler(resumeUpdate, () => {
    paused = undefined;
  });
  await condition(() => false);
}

export async function inspect({ pair, what }: InspectInput): Promise<unknown> {
  switch (what) {
    case 'sites':
      return pairStatus(pair, 'PROTECTED');
    case 'points':
      return [
        { site: 'dc1', points: [] },
        { site: 'dc2', points: [], problem: 'no answer' },
      ] satisfies VaultPoints[];
    case 'check':
      return [
        { level: 'ok', topic: 'clock', says: 'in step' },
        { level: 'error', topic: 'licence', site: 'dc2', says: 'expired', todo: 'renew it' },
      ] satisfies Finding[];
  }
}

/** Ends as its pair's name says. */
export async function sync({ pair }: { pair: string }): Promise<SyncResult> {
  const steps: StepStatus[] = [{ id: 'backup', title: 'Backup', state: 'running', startedAt: AT }];
  setHandler(statusQuery, (): RunStatus => ({ kind: 'sync', pair, from: 'dc1', to: 'dc2', steps }));
  await sleep(4_000);
  steps[0] = { id: 'backup', title: 'Backup', state: 'done', startedAt: AT, endedAt: AT, note: '12 MB' };
  return { outcome: 'synced', point: 'e1.s8', pointTime: AT, from: 'dc1', to: 'dc2', bytes: 12_000_000 };
}

/** Asks once; the answer decides. `reason: slow` pauses before the ask. */
export async function failover(input: FailoverInput): Promise<FailoverResult> {
  const problem = inputProblem('failover', input);
  if (problem) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
  let answered: Answer | undefined;
  let paused: PauseInput | undefined;
  const ask: Ask = {
    id: `cutover-${workflowInfo().runId.slice(0, 6)}`,
    step: 'cutover',
    title: `Promote ${input.to}?`,
    choices: ['approve', 'reject'],
    facts: ['receipt e1.s9: 120 equal', 'nothing is lost'],
    openedAt: AT,
  };
  const step = (): StepStatus => ({ id: 'cutover', title: 'Approval: cutover', state: answered ? 'done' : 'asking' });
  setHandler(statusQuery, (): RunStatus => {
    const open = answered ? {} : { ask };
    return { kind: 'failover', from: 'dc1', steps: [step()], ...input, ...open, ...(paused ? { paused } : {}) };
  });
  setHandler(pauseUpdate, (person) => {
    paused = person;
  });
  setHandler(resumeUpdate, () => {
    paused = undefined;
  });
  setHandler(
    answerUpdate,
    (answer) => {
      answered = answer;
    },
    {
      validator: (answer: Answer) => {
        const why = answerProblem(answer) ?? answerRefusal(answered ? undefined : ask, answer, ['Ada', 'tester']);
        if (why) throw ApplicationFailure.nonRetryable(why, 'Refused');
      },
    },
  );
  await condition(() => answered !== undefined);
  const { choice, who, why } = answered as unknown as Answer;
  return {
    outcome: choice === 'approve' ? 'committed' : 'rejected',
    ...(choice === 'approve' ? { rpo: 0, rto: 61_000 } : { why }),
    from: 'dc1',
    pair: input.pair,
    to: input.to,
    mode: input.mode,
    reason: input.reason,
    answers: [{ step: 'cutover', choice, who, why, at: AT }],
    steps: [step()],
    notes: [],
    state: 'PROTECTED',
  };
}
