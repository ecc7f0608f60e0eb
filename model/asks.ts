/** Questions of a run to people, and the one reply to each. */

export const CHOICES = [
  'approve',
  'reject',
  'retry',
  'skip',
  'give-back',
  'without-source',
  'replan',
  'abort',
  'wait',
  'stop-core',
  'cancel-jobs',
  'confirmed',
  'done',
  'resubmit',
  'drop',
] as const;
export type Choice = (typeof CHOICES)[number];

export interface Ask {
  /** Short, new for each round and run: `cutover-3f9a1c`. Stands for the facts it was asked on. */
  readonly id: string;
  readonly step: string;
  /** What is asked, in one line. */
  readonly title: string;
  readonly choices: readonly Choice[];
  /** What the answer rests on, a line each; no ages and no clock. */
  readonly facts: readonly string[];
  readonly openedAt: string;
}

export interface Answer {
  readonly ask: string;
  readonly choice: Choice;
  readonly who: string;
  readonly why: string;
}

export const ANSWER_EXAMPLE = '{"ask": "cutover-3f9a1c", "choice": "approve", "who": "Ada", "why": "change 4711"}';

/**
 * Why this is no answer, or undefined. Used by the signal, the update's validator and the CLI alike. Of an answer to the ask
 * that waits, the choices are the ask's.
 */
export function answerProblem(value: unknown, waiting?: Ask): string | undefined {
  if (typeof value !== 'object' || value === null) return `an answer is one JSON object, for example ${ANSWER_EXAMPLE}`;
  const { ask, choice, who, why } = value as Record<string, unknown>;
  for (const [key, field] of Object.entries({ ask, choice, who, why })) {
    if (typeof field !== 'string' || field.trim() === '') return `"${key}" is missing; for example ${ANSWER_EXAMPLE}`;
  }
  const choices = waiting && waiting.id === ask ? waiting.choices : CHOICES;
  if (!CHOICES.includes(choice as Choice))
    return `"choice" is one of ${choices.join(', ')}, not "${choice}"; for example ${ANSWER_EXAMPLE}`;
  const unknown = Object.keys(value).filter((key) => !['ask', 'choice', 'who', 'why'].includes(key));
  return unknown.length > 0 ? `unknown "${unknown[0]}"; for example ${ANSWER_EXAMPLE}` : undefined;
}

/** Why this answer does not fit the ask that waits now, or undefined. */
export function answerRefusal(ask: Ask | undefined, answer: Answer, approvers: readonly string[]): string | undefined {
  if (!ask) return 'nothing waits for an answer now';
  if (ask.id !== answer.ask) return `"${answer.ask}" is not what waits now; that is "${ask.id}": ${ask.title}`;
  if (!ask.choices.includes(answer.choice))
    return `"${answer.choice}" is no choice of ${ask.id}: ${ask.choices.join(', ')}`;
  // Whoever asserts that a site cannot act allows a promotion by that.
  const allows = answer.choice === 'approve' || answer.choice === 'confirmed';
  if (allows && approvers.length > 0 && !approvers.includes(answer.who)) {
    return `"${answer.who}" is not on the list of approvers: ${approvers.join(', ')}`;
  }
  return undefined;
}

/** Six hex digits that stand for these facts (FNV-1a, 64 bits folded): short enough to type, not a proof against forgery. */
export function factsDigest(parts: readonly unknown[]): string {
  let hash = 0xcbf29ce484222325n;
  for (const char of JSON.stringify(parts)) {
    hash ^= BigInt(char.codePointAt(0) ?? 0);
    hash = (hash * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return ((hash >> 40n) ^ (hash & 0xffffffn)).toString(16).padStart(6, '0').slice(-6);
}
