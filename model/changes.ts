import type { Entry, Facts, GivenUpJob } from './facts.ts';

/**
 * The journal entries that take `before` to `after`: what a rule changed in the facts, written down. Folding them over
 * `before` gives `after` again.
 */
export function changes(before: Facts, after: Facts, at: string): readonly Entry[] {
  const entries: Entry[] = [];
  if (before.pending !== after.pending || before.pendingPoint !== after.pendingPoint) {
    const { pending: set, pendingPoint: point } = after;
    entries.push(set ? { at, kind: 'pending', set, ...(point ? { point } : {}) } : { at, kind: 'pending-ended' });
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
  const sameJob = (a: GivenUpJob) => (b: GivenUpJob) => a.component === b.component && a.id === b.id;
  const settled = before.givenUp.filter((job) => !after.givenUp.some(sameJob(job)));
  for (const component of new Set(settled.map((job) => job.component))) {
    const ids = settled.filter((job) => job.component === component).map((job) => job.id);
    entries.push({ at, kind: 'jobs-settled', how: 'handed-over', component, ids });
  }
  for (const job of after.givenUp) if (!before.givenUp.includes(job)) entries.push({ at, kind: 'job-given-up', job });
  if (before.fenced !== after.fenced) entries.push({ at, kind: 'fenced', verdict: after.fenced ?? null });
  return entries;
}
