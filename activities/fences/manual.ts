import type { FenceConfig } from '../../model/config.ts';
import { fill } from '../run/webhook.ts';
import type { Fence, FenceResult } from './fence.ts';
import type { FenceParts } from './means.ts';

/** A person fences the site and asserts it by name: a verdict that nobody has seen. */
export function manualFence(config: Extract<FenceConfig, { kind: 'manual' }>, { pair, site }: FenceParts): Fence {
  const ask = async (): Promise<FenceResult> => ({
    result: 'ask',
    todo: String(fill(config.todo, { pair, site })),
  });
  return {
    kind: 'manual',
    name: config.name,
    at: 'control',
    stronger: false,
    fence: ask,
    read: ask,
    check: async () => [
      {
        level: 'note',
        topic: `fence ${config.name}`,
        says: `Whether ${site} is fenced is asserted by a person.`,
        todo: 'Configure a fence that can be read back, if there is one.',
      },
    ],
  };
}
