import type { Config } from '../model/config.ts';
import type { SetupResult } from '../model/inspect.ts';
import type { Connected } from './connect.ts';
import { applySyncSchedule, type SyncScheduleResult } from './schedule.ts';
import { type Registered, registerSearchAttributes } from './search-attributes.ts';
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

/** All of `understudy setup`, each part of which may be repeated. The schedule comes after the records: a sync needs them. */
export async function setUp(
  { understudy, client, connection, config, temporal }: SetUpInput,
  { paused }: { readonly paused: boolean },
  say: (line: string) => void,
): Promise<SetUp> {
  const searchAttributes = await registerSearchAttributes(connection, temporal.namespace);
  if (searchAttributes.added.length > 0) say(`registered search attributes: ${searchAttributes.added.join(', ')}`);
  if (searchAttributes.byHand) say(searchAttributes.byHand);
  const records = await understudy.setup();
  for (const line of records.did ?? []) say(line);
  const { pair, schedule } = config;
  const applied = await applySyncSchedule(client, { pair, every: schedule.every, catchUp: schedule.catchUp, paused });
  await understudy.startPair();
  say(`the workflow "pair" runs: pair/${pair}`);
  return { searchAttributes, records, schedule: applied };
}
