import type { RedirectConfig } from '../../model/config.ts';
import { runCommand } from '../run/command.ts';
import { checkProgram } from '../run/find-program.ts';
import { type RedirectParts, redirectBy } from './means.ts';
import type { Redirect } from './redirect.ts';

/** Clients are moved by a program; the request is JSON on its standard input, and in its environment. */
export function commandRedirect(config: Extract<RedirectConfig, { kind: 'command' }>, parts: RedirectParts): Redirect {
  const { move, read } = config;
  return redirectBy(config, parts, {
    move: async (request, signal) => {
      await runCommand(move, request, { signal });
    },
    ...(read ? { read: async (request, signal) => (await runCommand(read, request, { signal })).stdout } : {}),
    check: async () => {
      const topic = `redirect ${config.name}`;
      return [...(await checkProgram(topic, move)), ...(read ? await checkProgram(topic, read) : [])];
    },
  });
}
