import type { ComponentConfig, FmeFlowConfig, Secret } from '../../model/config.ts';
import { failure } from '../failure.ts';
import type { CheckResult, Expected } from './check.ts';
import { machineKeyAt } from './machine-key.ts';
import { bad, good } from './result.ts';

/** What every client check is made from. */
export interface CheckParts {
  readonly components: Readonly<Record<string, ComponentConfig>>;
  /** The two sites by name. */
  readonly sites: readonly string[];
  /** The address that clients use. */
  readonly clients: string;
  readonly resolve: (secret: Secret) => Promise<string>;
  /** Certificate authorities instead of the known ones (PEM); a worker's are set by `NODE_EXTRA_CA_CERTS`. */
  readonly authorities?: string;
}

export function fmeComponent(parts: CheckParts, check: string, name: string): FmeFlowConfig {
  const config = parts.components[name];
  if (config?.kind === 'fme-flow') return config;
  throw failure(
    'InvalidInput',
    `check ${check} names the component ${name}, which is no fme-flow of this configuration`,
  );
}

/** The token of a client: the check's own, or that of the site which must answer. */
export async function tokenFor(
  parts: CheckParts,
  own: Secret | undefined,
  config: FmeFlowConfig,
  site: string,
): Promise<string> {
  const secret = own ?? config.sites[site]?.token;
  if (!secret) throw new Error(`no token is configured for ${site}`);
  return parts.resolve(secret);
}

/** Whether the FME Flow that answers under an address is the one that must, by its machine key. */
export async function proveSite(
  question: { readonly url: string; readonly token: string; readonly timeout: number; readonly signal: AbortSignal },
  component: string,
  expected: Expected,
): Promise<CheckResult | undefined> {
  const wanted = expected.identity[component];
  if (wanted === undefined) return bad(`it is not known which machine key ${component} has at ${expected.site}`);
  const found = await machineKeyAt(question);
  if (found === undefined) return undefined;
  return found === wanted
    ? good(`${expected.site} answers, by its machine key`)
    : bad(
        `another installation than ${component} at ${expected.site} answers under ${question.url}: its machine key is ${found}, not ${wanted}`,
      );
}
