import { Client, Connection } from '@temporalio/client';
import type { TemporalSettings } from '../worker/temporal-settings.ts';
import { EXIT } from './exit-codes.ts';
import { UserProblem } from './problem.ts';
import { type CommandOptions, command } from './render/ask.ts';
import { workerSeen } from './workers-seen.ts';

export interface Connected {
  readonly client: Client;
  readonly connection: Connection;
  close(): Promise<void>;
}

/** @throws UserProblem when Temporal does not answer, with the ways to start or to name it. */
export async function connect(settings: TemporalSettings, options: CommandOptions): Promise<Connected> {
  try {
    const connection = await Connection.connect({ ...settings.connection, connectTimeout: '5 seconds' });
    const client = new Client({ connection, namespace: settings.namespace });
    return { client, connection, close: () => connection.close() };
  } catch (error) {
    throw temporalDoesNotAnswer(settings.address, options, error);
  }
}

export function temporalDoesNotAnswer(address: string, options: CommandOptions, cause: unknown): UserProblem {
  return new UserProblem(
    EXIT.unreachable,
    `Temporal does not answer at ${address}`,
    [
      `All on this machine: ${command('up', options)}`,
      'Elsewhere: name it in the configuration (temporal: { address: "host:7233" }), by TEMPORAL_ADDRESS or a profile of temporal.toml',
    ],
    cause,
  );
}

/** @throws UserProblem when no worker does the pair's work: whatever is started would only wait. */
export async function requireWorker({ client }: Connected, pair: string, options: CommandOptions): Promise<void> {
  if (await workerSeen(client, pair)) return;
  throw noWorker(options);
}

export const noWorker = (options: CommandOptions, cause?: unknown): UserProblem =>
  new UserProblem(
    EXIT.unreachable,
    'no worker answers: nothing polls the queue "understudy"',
    [`Start one: ${command('worker', options)}`, `or, all on this machine: ${command('up', options)}`],
    cause,
  );
