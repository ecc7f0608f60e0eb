import type { CheckConfig } from '../../model/config.ts';
import { fill } from '../run/webhook.ts';
import { holdsSite, SITE } from '../whole-word.ts';
import type { CheckResult, ClientCheck, Expected } from './check.ts';
import { type FreshAnswer, fresh } from './fresh.ts';
import { type CheckParts, proveSite, tokenFor } from './parts.ts';
import { bad, good, seen } from './result.ts';

type HttpConfig = Extract<CheckConfig, { kind: 'http' }>;
const DAY = 86_400_000;

/**
 * Status, content and certificate as a client sees them. Under the clients' own address of an FME Flow it also proves which
 * site answers; elsewhere only a text that names the site does, and without one the check says that it cannot tell.
 */
export function httpCheck(config: HttpConfig, parts: CheckParts): ClientCheck {
  return {
    kind: 'http',
    name: config.name,
    run: (signal, expected) =>
      seen(signal, async () => {
        const answer = await fresh(config.url, { signal, timeout: config.timeout, authorities: parts.authorities });
        const fault = faultOf(config, answer, expected.site, parts.sites);
        if (fault !== undefined) return bad(fault);
        const who = await whoAnswers(config, parts, expected, signal);
        if (who && !who.ok) return who;
        const certificate = answer.certificateUntil ? `, certificate until ${dayOf(answer.certificateUntil)}` : '';
        return good(
          `${answer.status}${certificate}; ${who?.saw ?? (tellsItsSite(config) ? `it names ${expected.site}` : 'which site answered cannot be told by this answer')}`,
        );
      }),
  };
}

/** An application may tell in its own pages which site it is, by what no restore brings. */
const tellsItsSite = ({ contains }: HttpConfig): boolean => contains?.includes(SITE) === true;

function faultOf(config: HttpConfig, answer: FreshAnswer, site: string, sites: readonly string[]): string | undefined {
  if (answer.status !== config.status)
    return `${config.url} answered ${answer.status}${answer.location ? ` to ${answer.location}` : ''}, and not ${config.status}`;
  const fault = contentFault(config, answer.body, site, sites);
  if (fault !== undefined) return fault;
  if (config.certificate === undefined) return undefined;
  if (!answer.certificateUntil) return `${config.url} has no certificate: it is not https`;
  const left = answer.certificateUntil.getTime() - Date.now();
  return left < config.certificate
    ? `the certificate of ${config.url} ends on ${dayOf(answer.certificateUntil)}, in ${Math.floor(left / DAY)} days, and must last for ${config.certificate / DAY} more`
    : undefined;
}

/** Names of sites may be parts of each other and of other words, and a page that names both tells nothing of who answers. */
function contentFault(
  { url, contains }: HttpConfig,
  body: string,
  site: string,
  sites: readonly string[],
): string | undefined {
  if (contains === undefined) return undefined;
  const wanted = filled(contains, site);
  if (!contains.includes(SITE))
    return body.includes(wanted) ? undefined : `the answer of ${url} does not hold "${wanted}"`;
  if (!holdsSite(body, contains, site))
    return body.includes(wanted)
      ? `the answer of ${url} holds "${wanted}" only as a part of a longer word, which may be the name of something else; if it is meant, write the whole word into contains, with ${SITE} in it`
      : `the answer of ${url} does not hold "${wanted}"`;
  const other = sites.find((each) => each !== site && holdsSite(body, contains, each));
  return other === undefined
    ? undefined
    : `the answer of ${url} holds "${filled(contains, other)}" beside "${wanted}", so it does not tell which of them answers; let contains be a text that only the site which answers gives, like "served by ${SITE}"`;
}

const filled = (contains: string, site: string): string => String(fill(contains, { site }));

/** The token goes to no other address than the one that the clients send theirs to. */
async function whoAnswers(
  config: HttpConfig,
  parts: CheckParts,
  expected: Expected,
  signal: AbortSignal,
): Promise<CheckResult | undefined> {
  const { origin } = new URL(config.url);
  if (origin !== new URL(parts.clients).origin) return undefined;
  for (const [name, component] of Object.entries(parts.components)) {
    if (component.kind !== 'fme-flow') continue;
    const token = await tokenFor(parts, undefined, component, expected.site);
    const who = await proveSite({ url: parts.clients, token, timeout: config.timeout, signal }, name, expected);
    if (who) return who;
  }
  return undefined;
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
