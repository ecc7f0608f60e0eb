import type { Client } from '@temporalio/client';
import { type Registered, registerSearchAttributes } from '../worker/search-attributes.ts';
import { EXIT } from './exit-codes.ts';
import { UserProblem } from './problem.ts';

/**
 * Before a run is started: an empty Temporal does not know our search attributes, and a run that writes one that is not
 * known stands still. Where nobody tells whether they are there, the start itself says what is wrong.
 * @throws UserProblem when they are missing and a person has to register them
 */
export async function requireSearchAttributes({ connection, options }: Client): Promise<void> {
  const { byHand }: Registered = await registerSearchAttributes(connection, options.namespace).catch(() => ({
    added: [],
  }));
  if (!byHand) return;
  throw new UserProblem(EXIT.failed, 'nothing was started: without its search attributes a run stands still at once', [
    byHand,
  ]);
}
