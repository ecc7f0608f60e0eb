import type { Command, FenceConfig } from '../../model/config.ts';
import { runCommand } from '../run/command.ts';
import { checkProgram } from '../run/find-program.ts';
import type { Fence, FenceResult } from './fence.ts';
import { detail, type FenceParts, fenceRequest, firstLine, orFailed, readFinding } from './means.ts';

/** Shells end with 126 and 127 where they cannot run what they were told to, above that where it was killed; ssh with 255. */
const OWN_CODES = 126;

/** The program ended by itself, with a code that is its answer: not stopped, not killed, not missing. */
const saysNo = (error: unknown): boolean => {
  const code = detail(error, 'code');
  return typeof code === 'number' && code < OWN_CODES;
};

/** A program fences the site, e.g. powers it off; another says by its exit code whether it is. */
export function commandFence(config: Extract<FenceConfig, { kind: 'command' }>, parts: FenceParts): Fence {
  const { name, lower } = config;
  const { children } = parts;
  const run = (command: Command, verb: 'fence' | 'read' | 'lower', signal: AbortSignal): Promise<{ stdout: string }> =>
    runCommand(command, fenceRequest(verb, name, parts), { signal, ...(children ? { children } : {}) });
  const look = async (signal: AbortSignal): Promise<FenceResult> => {
    const { stdout } = await run(config.read, 'read', signal);
    return { result: 'confirmed', saw: firstLine(stdout) || `"${config.read.command[0]}" says so` };
  };
  const read = (signal: AbortSignal): Promise<FenceResult> => orFailed(signal, () => look(signal));
  return {
    kind: 'command',
    name,
    at: config.at,
    stronger: true,
    read,
    fence: (signal) =>
      orFailed(signal, async () => {
        const before = await read(signal);
        if (before.result === 'confirmed') return before;
        await run(config.fence, 'fence', signal);
        return read(signal);
      }),
    ...(lower
      ? {
          lower: async (signal: AbortSignal) => {
            await run(lower, 'lower', signal);
          },
        }
      : {}),
    async check(signal) {
      const programs = [config.fence, config.read, ...(lower ? [lower] : [])];
      const missing = (await Promise.all(programs.map((each) => checkProgram(`fence ${name}`, each)))).flat();
      return missing.length > 0
        ? missing
        : [
            await readFinding(
              name,
              signal,
              look,
              saysNo,
              'A site that is not fenced is told by an exit code from 1 to 125.',
            ),
          ];
    },
  };
}
