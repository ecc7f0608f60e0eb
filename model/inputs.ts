import { parsePointId } from './names.ts';

/** Inputs of workflows and messages: one JSON object each, refused at once with a right one shown. */

export interface PairInput {
  readonly pair: string;
}

export interface SyncInput {
  readonly pair: string;
}

export type Mode = 'planned' | 'unplanned';

export interface FailoverInput {
  readonly pair: string;
  /** Name of the site that becomes active. */
  readonly to: string;
  readonly mode: Mode;
  /** Why, in a few words: it stands in the record of the run. */
  readonly reason: string;
  /** Unplanned: another recovery point than the newest intact one. */
  readonly point?: string;
}

export interface PauseInput {
  readonly who: string;
  readonly why: string;
}

export const EXAMPLES = {
  pair: '{"pair": "orders"}',
  sync: '{"pair": "orders"}',
  failover: '{"pair": "orders", "to": "dc2", "mode": "planned", "reason": "maintenance of dc1"}',
  pause: '{"who": "Ada", "why": "storage migration until noon"}',
} as const;

interface Field {
  readonly required: boolean;
  readonly oneOf?: readonly string[];
  /** Why this text is none of them, or undefined. */
  readonly problem?: (text: string) => string | undefined;
}
type Fields = Readonly<Record<string, Field>>;

const PAIR: Fields = { pair: { required: true } };
const SHAPES: Readonly<Record<keyof typeof EXAMPLES, Fields>> = {
  pair: PAIR,
  sync: PAIR,
  failover: {
    pair: { required: true },
    to: { required: true },
    mode: { required: true, oneOf: ['planned', 'unplanned'] },
    reason: { required: true },
    point: {
      required: false,
      problem: (text) => (parsePointId(text) ? undefined : 'is the id of a recovery point such as "e1.s7"'),
    },
  },
  pause: { who: { required: true }, why: { required: true } },
};

/** Why this value is no such input, or undefined. `shown`: a right one, as the caller writes it. */
export function inputProblem(
  kind: keyof typeof EXAMPLES,
  value: unknown,
  shown: string = EXAMPLES[kind],
): string | undefined {
  const example = `a right one: ${shown}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `the input is one JSON object; ${example}`;
  const fields = SHAPES[kind];
  for (const [key, { required, oneOf, problem }] of Object.entries(fields)) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined && !required) continue;
    if (typeof field !== 'string' || field.trim() === '') return `"${key}" is missing or not a text; ${example}`;
    if (oneOf && !oneOf.includes(field))
      return `"${key}" is ${oneOf.map((each) => `"${each}"`).join(' or ')}, not "${field}"; ${example}`;
    const why = problem?.(field);
    if (why) return `"${key}" ${why}, not "${field}"; ${example}`;
  }
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
  return unknown ? `unknown "${unknown}"; ${example}` : undefined;
}
