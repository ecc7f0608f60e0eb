import type { Entry, Facts } from './facts.ts';

/**
 * The journal entries that take `before` to `after`: what a rule changed in the facts, written down. Folding them over
 * `before` gives `after` again.
 */
export function changes(before: Facts, after: Facts, at: string): readonly Entry[] {
  const entries: Entry[] = [];
  if (before.pending !== after.pending) {
    entries.push(after.pending ? { at, kind: 'pending', set: after.pending } : { at, kind: 'pending-ended' });
  }
  if (before.freeze !== after.freeze) {
    entries.push(after.freeze ? { at, kind: 'freeze', freeze: after.freeze } : { at, kind: 'freeze-ended' });
  }
  if (before.receipt !== after.receipt) {
    entries.push(after.receipt ? { at, kind: 'receipt', receipt: after.receipt } : { at, kind: 'receipt-void' });
  }
  for (const task of after.tasks) if (!before.tasks.includes(task)) entries.push({ at, kind: 'task', task });
  for (const { name } of before.tasks) {
    if (!after.tasks.some((task) => task.name === name)) entries.push({ at, kind: 'task-ended', name, how: 'ended' });
  }
  return entries;
}
