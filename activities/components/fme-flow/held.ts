import type { Finding } from '../../../model/finding.ts';
import type { ActingItem } from './api.ts';
import type { Parts } from './context.ts';
import { ACTING, type Acting, VERB_FACT, VERBS } from './facts.ts';
import { list } from './hold.ts';
import type { Flow } from './probe.ts';
import { candidates } from './verbs.ts';

/**
 * Whether each kind that acts by itself can be held at this site, told without changing anything: by what an earlier hold
 * found, else by the server's own description. What cannot be held must be acknowledged in the configuration.
 */
export async function checkHeld(parts: Parts, flow: Flow, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const kind of ACTING) findings.push(await checkKind(parts, flow, kind, signal));
  return findings;
}

async function checkKind(parts: Parts, flow: Flow, kind: Acting, signal: AbortSignal): Promise<Finding> {
  const topic = `held ${kind}`;
  const found = await flow.api.acting.acting(kind, signal);
  if (found === undefined) return { level: 'note', topic, says: `this server has no ${kind}` };
  if (!found.complete)
    return {
      level: 'error',
      topic,
      says: `the server does not give the whole list of ${kind}`,
      todo: 'look at its log',
    };
  const [first] = found.items;
  if (first === undefined) return { level: 'ok', topic, says: `there are no ${kind}` };
  const way = wayOf(parts, flow, kind, found.items);
  if (way.known) return { level: 'ok', topic, says: `${found.items.length} ${kind} can be held (${way.says})` };
  if (way.impossible) {
    const names = list(found.items.map((item) => item.name));
    if (parts.config.notHeld.includes(kind))
      return {
        level: 'note',
        topic,
        says: `${kind} cannot be held (${way.says}): acknowledged. They act wherever engines run: ${names}`,
      };
    return {
      level: 'error',
      topic,
      says: `${kind} cannot be held by this server's API (${way.says}): ${names}`,
      todo: `disable them by hand at the standby, or acknowledge it with components.${parts.context.name}.notHeld: [${kind}]`,
    };
  }
  return {
    level: 'warning',
    topic,
    says: `whether ${kind} can be held shows at the first hold (${way.says}); until then stopped engines alone keep the standby quiet`,
    todo: 'run a sync, and check again',
  };
}

function wayOf(parts: Parts, flow: Flow, kind: Acting, items: readonly ActingItem[]) {
  const known = parts.found.get(VERB_FACT[kind]);
  if (known !== undefined && Object.hasOwn(VERBS, known))
    return { known: true, impossible: false, says: `by ${known}, read back` };
  if (items.some((item) => item.enabled === undefined))
    return { known: false, impossible: true, says: 'they have no such field' };
  if (known?.startsWith('none')) return { known: false, impossible: true, says: 'no known way was heeded' };
  const first = items[0];
  const offered =
    first && flow.described && flow.api.acting.version(kind) === 'v4' ? candidates(flow, kind, first) : [];
  const [word] = offered.filter((verb) => verb !== 'put-object');
  if (word !== undefined && offered.length <= 2)
    return { known: true, impossible: false, says: `by ${word}, as the server describes itself` };
  return { known: false, impossible: false, says: 'the server does not describe a way' };
}
