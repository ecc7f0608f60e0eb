import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Config } from '../model/config.ts';
import type { SetupResult } from '../model/inspect.ts';
import { type Registered, registerSearchAttributes } from '../worker/search-attributes.ts';
import type { Connected } from './connect.ts';
import { EXIT } from './exit-codes.ts';
import { UserProblem } from './problem.ts';
import { applySyncSchedule, hasSyncSchedule, type SyncScheduleResult } from './schedule.ts';
import { rootMessage } from './translate.ts';
import type { Understudy } from './understudy.ts';

export interface SetUp {
  readonly searchAttributes: Registered;
  readonly records: SetupResult;
  readonly schedule: SyncScheduleResult;
}

export interface SetUpInput extends Omit<Connected, 'close'> {
  readonly understudy: Understudy;
  readonly config: Pick<Config, 'pair' | 'schedule'>;
  readonly temporal: { readonly namespace: string };
}

/**
 * All of `understudy setup`, each part of which may be repeated. The schedule comes after the records: a sync needs them.
 * But a site that is away, or anything else that is wrong with a pair that was set up before, keeps neither from being made:
 * with an empty Temporal, and a site that is lost, they are needed most.
 * @throws UserProblem after all that could be made was made
 */
export async function setUp(
  { understudy, client, connection, config, temporal }: SetUpInput,
  { paused }: { readonly paused: boolean },
  say: (line: string) => void,
): Promise<SetUp> {
  const searchAttributes = await registerSearchAttributes(connection, temporal.namespace);
  if (searchAttributes.added.length > 0) say(`registered search attributes: ${searchAttributes.added.join(', ')}`);
  if (searchAttributes.byHand) say(searchAttributes.byHand);
  const { pair, schedule } = config;
  const records = await understudy.setup().catch(async (error: unknown) => {
    const away = isAway(error);
    if (!away && !(await hasSyncSchedule(client, pair))) throw error;
    return { error, away };
  });
  if ('did' in records) for (const line of records.did) say(line);
  const applied = await applySyncSchedule(client, { pair, every: schedule.every, catchUp: schedule.catchUp, paused });
  await understudy.startPair();
  say(`the workflow "pair" runs: pair/${pair}`);
  if ('did' in records) return { searchAttributes, records, schedule: applied };
  say(`the schedule ${applied.id} is ${applied.did}`);
  const { error, away } = records;
  throw new UserProblem(
    EXIT.failed,
    `${away ? 'not all records could be looked at, or made' : 'the records were left as they are'}: ${rootMessage(error)}`,
    [
      'The schedule of syncs and the workflow "pair" are there.',
      away
        ? 'Records that are there already are enough. If the pair is new: start the missing worker, and run understudy setup again.'
        : 'When that is mended: understudy setup',
    ],
    error,
  );
}

/** Nobody at the site took the question, or what is there did not answer. */
const isAway = (error: unknown): boolean =>
  error instanceof WorkflowFailedError &&
  error.cause instanceof ApplicationFailure &&
  (error.cause.type === 'NoAnswer' || error.cause.type === 'Unavailable');
