import type { RedirectConfig } from '../../model/config.ts';
import { commandRedirect } from './command.ts';
import { manualRedirect } from './manual.ts';
import type { RedirectParts } from './means.ts';
import type { Redirect } from './redirect.ts';
import { webhookRedirect } from './webhook.ts';

type Kinds = {
  readonly [Kind in RedirectConfig['kind']]: (
    config: Extract<RedirectConfig, { kind: Kind }>,
    parts: RedirectParts,
  ) => Redirect;
};

/** The kinds of redirect: one line each. */
const kinds: Kinds = {
  manual: manualRedirect,
  command: commandRedirect,
  webhook: webhookRedirect,
};

export const createRedirect = (config: RedirectConfig, parts: RedirectParts): Redirect =>
  (kinds[config.kind] as (config: RedirectConfig, parts: RedirectParts) => Redirect)(config, parts);
