import type { FenceConfig } from '../../model/config.ts';
import { commandFence } from './command.ts';
import type { Fence } from './fence.ts';
import { manualFence } from './manual.ts';
import type { FenceParts } from './means.ts';
import { servicesFence } from './services.ts';
import { webhookFence } from './webhook.ts';

type Kinds = {
  readonly [Kind in FenceConfig['kind']]: (config: Extract<FenceConfig, { kind: Kind }>, parts: FenceParts) => Fence;
};

/** The kinds of fence: one line each. */
const kinds: Kinds = {
  services: servicesFence,
  command: commandFence,
  webhook: webhookFence,
  manual: manualFence,
};

export const createFence = (config: FenceConfig, parts: FenceParts): Fence =>
  (kinds[config.kind] as (config: FenceConfig, parts: FenceParts) => Fence)(config, parts);
