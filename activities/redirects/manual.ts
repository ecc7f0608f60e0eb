import type { RedirectConfig } from '../../model/config.ts';
import { fill } from '../run/webhook.ts';
import { namesSite } from '../whole-word.ts';
import type { RedirectParts } from './means.ts';
import type { Redirect } from './redirect.ts';

/** Clients are moved by a person; the client checks prove it afterwards. */
export function manualRedirect(
  config: Extract<RedirectConfig, { kind: 'manual' }>,
  { pair, sites }: RedirectParts,
): Redirect {
  return {
    kind: 'manual',
    name: config.name,
    readsBack: false,
    read: async () => 'unknown',
    move: async (_signal, to) => {
      const from = sites.find((site) => site !== to) ?? '';
      const todo = String(fill(config.todo, { pair, to, from, site: to }));
      return { ask: namesSite(todo, to) ? todo : `${todo} (lead the clients to ${to})` };
    },
    check: async () => [
      {
        level: 'note',
        topic: `redirect ${config.name}`,
        says: 'A person moves the clients, and a run waits for that.',
      },
    ],
  };
}
