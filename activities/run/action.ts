import type { Action } from '../../model/config.ts';
import { type RunOptions, runCommand } from './command.ts';
import { callWebhook } from './webhook.ts';

/**
 * Runs a configured action, a program or an HTTP call, with the same request: as JSON on standard input, or as the body
 * where the webhook has none of its own (its string fields fill that one). Returns what it said. Errors as both have them.
 */
export async function runAction(
  action: Action,
  request: Readonly<Record<string, unknown>>,
  options: Pick<RunOptions, 'signal' | 'children'>,
): Promise<{ readonly said: string }> {
  if ('command' in action) return { said: (await runCommand(action, request, options)).stdout };
  const values = Object.fromEntries(
    Object.entries(request).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  return { said: (await callWebhook(action, values, { signal: options.signal, input: request })).body };
}
