import { randomUUID } from 'node:crypto';
import type { CheckConfig } from '../../model/config.ts';
import { createFound } from '../components/fme-flow/facts.ts';
import { createHttp } from '../components/fme-flow/http.ts';
import { createProbe } from '../components/fme-flow/probe.ts';
import { runSmoke } from '../components/fme-flow/smoke.ts';
import type { ClientCheck } from './check.ts';
import { type CheckParts, fmeComponent, proveSite, tokenFor } from './parts.ts';
import { bad, good, seen } from './result.ts';

/** How long the server's API may take for one answer, and how often a job is looked at. */
const REQUEST = 15_000;
const POLL = 500;

/**
 * Runs the component's smoke job through an address, on its queue: an engine of the site that must answer took it, and it
 * came to its good end. The job changes nothing, so that it may be run more than once.
 */
export function fmeJobCheck(config: Extract<CheckConfig, { kind: 'fme-job' }>, parts: CheckParts): ClientCheck {
  const component = fmeComponent(parts, config.name, config.component);
  return {
    kind: 'fme-job',
    name: config.name,
    run: (signal, expected) =>
      seen(signal, async () => {
        const { smoke } = component;
        if (!smoke) return bad(`component ${config.component} has no smoke job configured`);
        const token = await tokenFor(parts, config.token, component, expected.site);
        const url = config.url ?? expected.addresses[config.component];
        if (url === undefined) return bad(`component ${config.component} has no address at ${expected.site}`);
        const who = await proveSite({ url, token, timeout: REQUEST, signal }, config.component, expected);
        if (!who) return bad(`no FME Flow answers under ${url}`);
        if (!who.ok) return who;
        const http = createHttp({ url, token: async () => token, limit: REQUEST });
        const probe = createProbe(http, createFound());
        const limited = AbortSignal.any([signal, AbortSignal.timeout(config.timeout + REQUEST)]);
        const result = await runSmoke(
          {
            config: { ...component, smoke: { ...smoke, timeout: Math.min(smoke.timeout, config.timeout) } },
            context: { site: expected.site },
            limits: { poll: POLL },
            flow: (within) => probe.flow(within),
          },
          `check ${config.name} ${randomUUID()}`,
          limited,
        );
        if (!result) return bad('the smoke job was not run');
        const queue = smoke.queue ? ` from queue ${smoke.queue}` : '';
        return good(`job ${result.job}${queue} was run by ${result.engine}: ${result.output}; ${who.saw}`);
      }),
  };
}
