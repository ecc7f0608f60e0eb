import type { CheckConfig } from '../../model/config.ts';
import type { ClientCheck } from './check.ts';
import { fmeCheck } from './fme.ts';
import { fmeJobCheck } from './fme-job.ts';
import { httpCheck } from './http.ts';
import type { CheckParts } from './parts.ts';
import { tcpCheck } from './tcp.ts';

type Kinds = {
  readonly [Kind in CheckConfig['kind']]: (
    config: Extract<CheckConfig, { kind: Kind }>,
    parts: CheckParts,
  ) => ClientCheck;
};

/** The kinds of client check: one line each. */
const kinds: Kinds = {
  http: httpCheck,
  tcp: tcpCheck,
  fme: fmeCheck,
  'fme-job': fmeJobCheck,
};

export const createCheck = (config: CheckConfig, parts: CheckParts): ClientCheck =>
  (kinds[config.kind] as (config: CheckConfig, parts: CheckParts) => ClientCheck)(config, parts);
