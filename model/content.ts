import { checkOrder } from './claims.ts';
import type { TaskIntent } from './facts.ts';
import type { Order } from './record.ts';
import { isRefusal, type Ruling, refuse, type SiteState, withRecord } from './refusal.ts';

/**
 * Rules for what a standby holds: a restore changes it only under the claim, only while it is a standby, and only when no
 * earlier restore may still run.
 */

/** Before the first byte changes: the content is `writing`, whatever it was. */
export function beginWriting(state: SiteState, order: Order, point: string, intact: boolean): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role !== 'standby')
    return refuse('WrongRole', `${record.site} is ${record.role}: nothing is restored into it`);
  if (!intact)
    return refuse('NotProven', `point ${point} was not read again from this vault: only an intact point is restored`);
  if (facts.tasks.length > 0) {
    return refuse(
      'TasksRunning',
      `a restore that was posted to ${record.site} has no known end: ${facts.tasks.map((t) => t.name).join(', ')}`,
    );
  }
  // What was enabled here before this content is overwritten means nothing any more.
  return {
    record: { ...record, content: { point, state: 'writing' } },
    facts: { ...facts, pending: null, freeze: null },
  };
}

/** Journals a restore before it is posted to the application. */
export function intendTask(state: SiteState, order: Order, task: TaskIntent): Ruling {
  const current = checkOrder(state.record, order);
  if (isRefusal(current)) return current;
  if (state.record.role !== 'standby' || state.record.content?.state !== 'writing') {
    return refuse('WrongRole', `${state.record.site} is not a standby that is being written`);
  }
  return {
    ...state,
    facts: { ...state.facts, tasks: [...state.facts.tasks.filter((t) => t.name !== task.name), task] },
  };
}

/** The restore is over and nothing of it runs on. */
export function finishWriting(state: SiteState, order: Order, point: string): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (facts.tasks.length > 0)
    return refuse('TasksRunning', `a restore that was posted to ${record.site} has no known end`);
  if (
    record.role !== 'standby' ||
    record.content?.point !== point ||
    record.content.state === 'own' ||
    record.content.state === 'none'
  ) {
    return refuse('WrongRole', `${record.site} is not being written with ${point}`);
  }
  return record.content.state === 'writing' ? withRecord(state, { content: { point, state: 'restored' } }) : state;
}

/** The projection of what was restored matched the point's. */
export function proveContent(state: SiteState, order: Order, point: string): Ruling {
  const { record } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  const { content } = record;
  if (
    record.role !== 'standby' ||
    content?.point !== point ||
    (content.state !== 'restored' && content.state !== 'proven')
  ) {
    return refuse('NotProven', `${record.site} does not hold a restored ${point}`);
  }
  return withRecord(state, { content: { point, state: 'proven' } });
}

/** A backup is taken only at a site whose record says active (or that is frozen for a final sync). Raises the sequence. */
export function beginBackup(state: SiteState, order: Order): Ruling {
  const { record } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  if (record.role !== 'active')
    return refuse('WrongRole', `${record.site} is ${record.role}: only an active site is backed up`);
  return withRecord(state, { sequence: record.sequence + 1 });
}
