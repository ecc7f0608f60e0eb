import type { FenceConfig } from '../../model/config.ts';
import { callWebhook } from '../run/webhook.ts';
import type { Fence, FenceResult } from './fence.ts';
import { detail, type FenceParts, fenceRequest, firstLine, orFailed, readFinding } from './means.ts';

/** Statuses that speak of the question, and not of the site: not allowed, not found, not understood, not now. */
const OF_THE_QUESTION: readonly number[] = [400, 401, 403, 404, 405, 406, 407, 408, 415, 421, 425, 426, 429];

/** The one that was asked knows the site, and says that it is not fenced. */
const saysNo = (error: unknown): boolean => {
  const status = detail(error, 'status');
  return typeof status === 'number' && status >= 400 && status < 500 && !OF_THE_QUESTION.includes(status);
};

/** An HTTP call fences the site; another says by its status whether it is. */
export function webhookFence(config: Extract<FenceConfig, { kind: 'webhook' }>, parts: FenceParts): Fence {
  const { name, lower } = config;
  const look = async (signal: AbortSignal): Promise<FenceResult> => {
    const { status, body } = await callWebhook(config.read, fenceRequest('read', name, parts), { signal });
    return { result: 'confirmed', saw: firstLine(body) || `its answer is ${status}` };
  };
  const read = (signal: AbortSignal): Promise<FenceResult> => orFailed(signal, () => look(signal));
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
    check: async (signal) => [
      await readFinding(name, signal, look, saysNo, 'A site that is not fenced is told by a status like 409.'),
    ],
  };
}
