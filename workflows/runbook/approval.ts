import type { Answer, Choice } from '../../model/asks.ts';
import type { Context, Next, StepId } from './context.ts';

export type Gate = 'start' | 'cutover' | 'redirect';

/** In gone form nobody may configure the quote away. */
export const needsApproval = (c: Context, gate: Gate): boolean =>
  (gate === 'start' && c.source === 'gone') ||
  c.plan.approvals[c.source === 'gone' ? 'unplanned' : 'planned'].includes(gate);

/**
 * Waits for an approval. What follows when nobody answers in time is configured: go on waiting, or reject. An approval that
 * is not used within `validFor` (the run was paused) lapses and is asked for anew.
 */
export async function approval(
  c: Context,
  gate: Gate,
  title: string,
  facts: readonly string[],
): Promise<Answer | Next> {
  const { timeout, validFor } = c.plan.approvals;
  for (;;) {
    c.run.step(gate as StepId, { state: 'asking' });
    const answer = await ask(c, gate, title, facts, timeout?.after);
    if (!answer && timeout?.then === 'reject') return { end: 'rejected', why: `nobody answered ${gate} in time` };
    if (!answer) {
      const late = await ask(c, gate, title, facts);
      if (late?.choice === 'reject') return { end: 'rejected', why: `${late.who}: ${late.why}` };
      if (late) return late;
      continue;
    }
    if (answer.choice === 'reject') return { end: 'rejected', why: `${answer.who}: ${answer.why}` };
    const approvedAt = Date.now();
    await c.run.unlessPaused();
    if (Date.now() - approvedAt <= validFor) return answer;
    c.notes.push(`the approval of ${answer.who} for ${gate} lapsed: it was not used in time`);
  }
}

export const isAnswer = (value: Answer | Next): value is Answer => typeof value === 'object' && 'choice' in value;

const CHOICES: readonly Choice[] = ['approve', 'reject'];

const ask = (
  c: Context,
  step: Gate,
  title: string,
  facts: readonly string[],
  timeout?: number,
): Promise<Answer | undefined> =>
  c.run.ask({ step, title, choices: CHOICES, facts, ...(timeout === undefined ? {} : { timeout }) });
