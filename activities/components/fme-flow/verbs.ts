import { failure } from '../../failure.ts';
import type { ActingItem } from './api.ts';
import type { Parts } from './context.ts';
import { type Acting, CANDIDATES, VERB_FACT, VERBS, type Verb } from './facts.ts';
import type { Flow } from './probe.ts';

/** What became of switching the items of one kind. */
export interface Switched {
  /** The kind is not known to this server. */
  readonly absent: boolean;
  /** Names that are still not as they should be. */
  readonly left: readonly string[];
  /** None of the known ways worked. */
  readonly noWay: boolean;
  /** How many were not as they should be when this began. */
  readonly found: number;
}

const AT_ONCE = 6;
const ROUNDS = 3;

/**
 * Switches items of one kind until each is as `wanted` says; undefined leaves one alone. Which way of switching this
 * server has is not known beforehand: the ways are tried on one item and read back, and the right one is remembered.
 */
export async function switchKind(
  parts: Parts,
  kind: Acting,
  wanted: (item: ActingItem) => boolean | undefined,
  signal: AbortSignal,
): Promise<Switched> {
  const flow = await parts.flow(signal);
  const wrong = async (): Promise<readonly ActingItem[] | undefined> => {
    const list = await flow.api.acting.acting(kind, signal);
    if (list === undefined) return undefined;
    if (!list.complete)
      throw failure(
        'Unavailable',
        `${parts.http.url} does not give the whole list of ${kind}: it cannot be held whole`,
      );
    return list.items.filter((item) => {
      const state = wanted(item);
      return state !== undefined && (item.enabled ?? true) !== state;
    });
  };
  let before = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let round = 1; ; round++) {
    const left = await wrong();
    if (left === undefined) return { absent: true, left: [], noWay: false, found };
    if (round === 1) found = left.length;
    const [first] = left;
    if (first === undefined) return { absent: false, left: [], noWay: false, found };
    // The way that was right is not any more, e.g. after an upgrade: it is looked for anew.
    if (left.length >= before) parts.found.forget(VERB_FACT[kind]);
    before = left.length;
    if (round > ROUNDS) return { absent: false, left: left.map((item) => item.name), noWay: false, found };
    const verb = await wayFor(parts, flow, kind, first, wanted(first) === true, signal);
    if (verb === undefined) return { absent: false, left: left.map((item) => item.name), noWay: true, found };
    await inTurns(left, (item) => flow.api.acting.set(kind, item, wanted(item) === true, verb, signal));
  }
}

/** The way that switches this kind, proved on the item given; undefined when none does. */
async function wayFor(
  parts: Parts,
  flow: Flow,
  kind: Acting,
  item: ActingItem,
  enabled: boolean,
  signal: AbortSignal,
): Promise<Verb | undefined> {
  const fact = VERB_FACT[kind];
  // What has no such field cannot be read back, and is not touched.
  if (item.enabled === undefined) {
    parts.found.note(fact, 'none: its items have no such field');
    return undefined;
  }
  const known = parts.found.get(fact);
  if (known !== undefined && Object.hasOwn(VERBS, known)) return known as Verb;
  for (const verb of candidates(flow, kind, item)) {
    if (!(await flow.api.acting.set(kind, item, enabled, verb, signal))) continue;
    const list = await flow.api.acting.acting(kind, signal);
    const now = list?.items.find((each) => each.name === item.name);
    if (now === undefined || now.enabled === enabled) {
      parts.found.note(fact, verb);
      return verb;
    }
  }
  parts.found.note(fact, 'none');
  return undefined;
}

/** The thinkable ways, fewer where the server describes itself. */
export function candidates(flow: Flow, kind: Acting, item: ActingItem): readonly Verb[] {
  const version = flow.api.acting.version(kind);
  const all = CANDIDATES[version][kind];
  if (version === 'v3' || flow.described === undefined) return all;
  const offered = all.filter((verb) => isDescribed(flow, kind, item, verb));
  return offered.length > 0 ? offered : all;
}

function isDescribed(flow: Flow, kind: Acting, item: ActingItem, verb: Verb): boolean {
  const { method, on } = VERBS[verb];
  const depth = item.address.length;
  const parameters = Array.from({ length: depth }, () => '\\{[^/]+\\}').join('/');
  const path = new RegExp(`^${method} /.*/?${kind}(/workflows)?/${parameters}${on === '' ? '' : `/${on}`}$`);
  return (flow.described ?? []).some((each) => path.test(each));
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(work));
}
