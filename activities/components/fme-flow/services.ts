import type { Command } from '../../../model/config.ts';
import { failure } from '../../failure.ts';
import { runCommand } from '../../run/command.ts';
import type { ComponentParts } from '../parts.ts';
import { type Record_, record, text, truth } from './fields.ts';

export interface ServiceState {
  readonly running: boolean;
  readonly startsWithMachine: boolean;
  /** When it was started, if the command tells. */
  readonly since?: string;
}

/** A service of the machine, controlled by the configured commands. Each failure is that of its command. */
export interface Service {
  start(signal: AbortSignal): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
  /** Makes it not start with the machine; nothing where that cannot be configured. */
  disable(signal: AbortSignal): Promise<void>;
  status(signal: AbortSignal): Promise<ServiceState>;
}

export interface Services {
  readonly engines: Service;
  readonly core?: Service;
}

interface Commands {
  readonly start: Command;
  readonly stop: Command;
  readonly status: Command;
  readonly disable?: Command;
}

/** The services of one site. The commands get `{service, action, site}` as JSON. */
export function createServices(
  at: Pick<ComponentParts<unknown>, 'site' | 'children'>,
  commands: { readonly engines: Commands; readonly core?: Commands },
): Services {
  return {
    engines: service(at, 'engines', commands.engines),
    ...(commands.core ? { core: service(at, 'core', commands.core) } : {}),
  };
}

function service(
  { site, children }: Pick<ComponentParts<unknown>, 'site' | 'children'>,
  name: string,
  commands: Commands,
): Service {
  const run = (action: keyof Commands, signal: AbortSignal): Promise<{ stdout: string }> => {
    const command = commands[action];
    if (command === undefined) return Promise.resolve({ stdout: '' });
    return runCommand(command, { service: name, action, site }, { signal, children });
  };
  return {
    start: async (signal) => void (await run('start', signal)),
    stop: async (signal) => void (await run('stop', signal)),
    disable: async (signal) => void (await run('disable', signal)),
    status: async (signal) => read(name, (await run('status', signal)).stdout),
  };
}

/**
 * `{"running": true, "startsWithMachine": false, "since": "…"}`. What is left out is not guessed at: engines that would start
 * with the machine are taken for quiet otherwise.
 */
function read(name: string, stdout: string): ServiceState {
  let state: Record_ | undefined;
  try {
    state = record(JSON.parse(stdout));
  } catch {
    // Said below.
  }
  const running = truth(state, 'running');
  const startsWithMachine = truth(state, 'startsWithMachine');
  if (running === undefined || startsWithMachine === undefined)
    throw failure(
      'Refused',
      `the status command of the ${name} has to print {"running": true|false, "startsWithMachine": true|false}, and printed: ${stdout.trim().slice(0, 200) || 'nothing'}. Correct that program`,
    );
  const since = text(state, 'since');
  return { running, startsWithMachine, ...(since ? { since } : {}) };
}
