import type { RedirectConfig } from '../../model/config.ts';
import { callWebhook } from '../run/webhook.ts';
import { type RedirectParts, redirectBy } from './means.ts';
import type { Redirect } from './redirect.ts';

/** Clients are moved by an HTTP call, e.g. to a DNS provider or a load balancer. */
export function webhookRedirect(config: Extract<RedirectConfig, { kind: 'webhook' }>, parts: RedirectParts): Redirect {
  const { move, read } = config;
  return redirectBy(config, parts, {
    move: async (request, signal) => {
      await callWebhook(move, request, { signal });
    },
    ...(read ? { read: async (request, signal) => (await callWebhook(read, request, { signal })).body } : {}),
    check: async () => [],
  });
}
