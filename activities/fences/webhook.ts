import type { FenceConfig } from '../../model/config.ts';
import { callWebhook } from '../run/webhook.ts';
import type { Fence, FenceResult } from './fence.ts';
import { type FenceParts, fenceRequest, firstLine, orFailed, readFinding } from './means.ts';

/** An HTTP call fences the site; another says by its status whether it is. */
export function webhookFence(config: Extract<FenceConfig, { kind: 'webhook' }>, parts: FenceParts): Fence {
  const { name, lower } = config;
  const read = (signal: AbortSignal): Promise<FenceResult> =>
    orFailed(signal, async () => {
      const { status, body } = await callWebhook(config.read, fenceRequest('read', name, parts), { signal });
      return { result: 'confirmed', saw: firstLine(body) || `its answer is ${status}` };
    });
  return {
    kind: 'webhook',
    name,
    at: config.at,
    stronger: true,
    read,
    fence: (signal) =>
      orFailed(signal, async () => {
        const before = await read(signal);
        if (before.result === 'confirmed') return before;
        await callWebhook(config.fence, fenceRequest('fence', name, parts), { signal });
        return read(signal);
      }),
    ...(lower
      ? {
          lower: async (signal: AbortSignal) => {
            await callWebhook(lower, fenceRequest('lower', name, parts), { signal });
          },
        }
      : {}),
    check: async (signal) => [await readFinding(name, await read(signal))],
  };
}
