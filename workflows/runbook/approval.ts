import type { Answer, Choice } from '../../model/asks.ts';
import { words } from '../../model/duration.ts';
import type { Context, Next, StepId } from './context.ts';

export type Gate = 'start' | 'cutover' | 'redirect';

/** In gone form nobody may configure the quote away. */
export const needsApproval = (c: Context, gate: Gate): boolean =>
  (gate === 'start' && c.source === 'gone') ||
  c.plan.approvals[c.source === 'gone' ? 'unplanned' : 'planned'].includes(gate);

/**
 * Waits for an approval. What follows when nobody answers in time is configured: go on waiting (the ask stays open, and the
 * report says how late it was), or reject. An approval that is not used within `validFor` (the run was paused) lapses and
 * is asked for anew.
 */
export async function approval(
  c: Context,
  gate: Gate,
  title: string,
  facts: readonly string[],
): Promise<Answer | Next> {
  const { timeout, validFor } = c.plan.approvals;
  const said = [...facts, `reject: ${REJECTED[gate](c)}`];
  for (;;) {
    c.run.step(gate as StepId, { state: 'asking' });
    const askedAt = Date.now();
    const answer = await ask(c, gate, title, said, timeout?.then === 'reject' ? timeout.after : undefined);
    if (!answer) return { end: 'rejected', why: `nobody answered ${gate} within ${words(timeout?.after ?? 0)}` };
    if (timeout && Date.now() - askedAt > timeout.after)
      c.notes.push(`${gate} was answered after ${words(Date.now() - askedAt)}, later than the time limit`);
    if (answer.choice === 'reject') return { end: 'rejected', why: `${answer.who}: ${answer.why}` };
    const approvedAt = Date.now();
    await c.run.unlessPaused();
    if (Date.now() - approvedAt <= validFor) return answer;
    c.notes.push(`the approval of ${answer.who} for ${gate} lapsed: it was not used in time`);
  }
}

export const isAnswer = (value: Answer | Next): value is Answer => typeof value === 'object' && 'choice' in value;

/** What a rejection does, said before anyone chooses it. */
const REJECTED: Readonly<Record<Gate, (c: Context) => string>> = {
  start: (c) =>
    c.source === 'gone' && c.input.mode === 'planned'
      ? `the run ends here, ${c.to} is not promoted, and ${c.from} is left as it is`
      : 'the run ends here, and nothing was changed',
  cutover: (c) =>
    c.source === 'present'
      ? `${c.from} is thawed and stays active, the run ends`
      : `the run ends, ${c.to} is not promoted, and keeps what was restored`,
  redirect: () => 'not now: it is asked again, since the active role has moved already',
};

const CHOICES: readonly Choice[] = ['approve', 'reject'];

const ask = (
  c: Context,
  step: Gate,
  title: string,
  facts: readonly string[],
  timeout?: number,
): Promise<Answer | undefined> =>
  c.run.ask({ step, title, choices: CHOICES, facts, ...(timeout === undefined ? {} : { timeout }) });
