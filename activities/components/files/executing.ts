import { z } from 'zod';
import type { Command, FilesConfig } from '../../../model/config.ts';
import { failure } from '../../failure.ts';

export interface Executing {
  readonly running: boolean;
  readonly startsWithMachine: boolean;
  readonly none?: boolean;
}

export type Run = (command: Command, verb: string, signal: AbortSignal) => Promise<string>;

/** Reads `{"running": true|false, "startsWithMachine": true|false}`, as a `status` command prints it; nothing is guessed. */
export function readStatus(text: string, program: string): Executing {
  const result = Status.safeParse(parsed(text));
  if (result.success) return result.data;
  throw failure(
    'Refused',
    `"${program}" must print {"running": true|false, "startsWithMachine": true|false}, and printed: ${text.trim().slice(0, 200) || 'nothing'}`,
  );
}

/** Neither is left out: what would start with the machine is taken for quiet otherwise. */
const Status = z.object({ running: z.boolean(), startsWithMachine: z.boolean() });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What works with a tree by itself, by its configured commands. Without any nothing does. */
export function createExecuting(config: FilesConfig['executing'], run: Run) {
  const read = async (signal: AbortSignal): Promise<Executing> =>
    config
      ? readStatus(await run(config.status, 'status', signal), config.status.command[0] ?? '')
      : { running: false, startsWithMachine: false, none: true };
  return {
    read,
    /** Errors: `NotYet` while it still runs; `Refused` when it would start with the machine. */
    async stop(signal: AbortSignal): Promise<void> {
      if (!config) return;
      // What cannot tell its state is stopped all the same; that it is, only a state that was told proves.
      const before = await read(signal).catch(async (error) => {
        await run(config.stop, 'stop', signal);
        throw error;
      });
      if (before.running) await run(config.stop, 'stop', signal);
      const { running, startsWithMachine } = await read(signal);
      if (running) throw failure('NotYet', `"${config.stop.command[0]}" ended well, and what it stops still runs.`);
      if (startsWithMachine)
        throw failure(
          'Refused',
          'what works with the tree would start with the machine, and act at a standby. Disable its start, e.g. systemctl disable; a promotion starts it.',
        );
    },
    async start(signal: AbortSignal): Promise<void> {
      if (!config) return;
      if (!(await read(signal)).running) await run(config.start, 'start', signal);
      if (!(await read(signal)).running)
        throw failure('NotYet', `"${config.start.command[0]}" ended well, and what it starts does not run yet.`);
    },
  };
}
