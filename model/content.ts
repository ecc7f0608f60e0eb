import { checkOrder } from './claims.ts';
import { type TaskIntent, withoutPending } from './facts.ts';
import { acting, type Order } from './record.ts';
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
  // What came with the former content (the enabled set, a receipt, jobs to run again) means nothing any more.
  return {
    record: { ...record, content: { point, state: 'writing' } },
    facts: { ...withoutPending(facts), freeze: null, receipt: null, givenUp: [] },
  };
}

/** Journals a restore before it is posted to the application. */
export function intendTask(state: SiteState, order: Order, task: TaskIntent): Ruling {
  const current = checkOrder(state.record, order);
  if (isRefusal(current)) return current;
  if (state.record.role !== 'standby' || state.record.content?.state !== 'writing') {
    return refuse('WrongRole', `${state.record.site} is not a standby that is being written`);
  }
  if (task.point !== state.record.content.point)
    return refuse('WrongRole', `${state.record.site} is being written with ${state.record.content.point}`);
  return {
    ...state,
    facts: { ...state.facts, tasks: [...state.facts.tasks.filter((t) => t.name !== task.name), task] },
  };
}

/** A posted restore was seen to have ended, whoever looked. */
export function endTask(state: SiteState, name: string): SiteState {
  const tasks = state.facts.tasks.filter((task) => task.name !== name);
  return tasks.length === state.facts.tasks.length ? state : { ...state, facts: { ...state.facts, tasks } };
}

/**
 * The application's core was stopped under the lock and every task was read back as dead. Part of granting, so no order;
 * never on an acting site. What the site holds is neither the former content nor the point's.
 */
export function stopTasks(state: SiteState): Ruling {
  const { record, facts } = state;
  if (acting(record.role)) return refuse('WrongRole', `${record.site} is ${record.role}: its core is not stopped`);
  const { content } = record;
  return {
    record: content ? { ...record, content: { point: content.point, state: 'writing' } } : record,
    facts: { ...facts, tasks: [] },
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
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  const { content } = record;
  const restored = content?.point === point && (content.state === 'restored' || content.state === 'proven');
  if (record.role !== 'standby' || !restored || facts.tasks.length > 0) {
    return refuse('NotProven', `${record.site} does not hold a restored ${point}`);
  }
  return withRecord(state, { content: { point, state: 'proven' } });
}

/**
 * A backup is taken only at a site whose record says active, or for the final sync of one that is frozen while promoting
 * (it never came to serve, and the role moves back). Raises the sequence.
 */
export function beginBackup(state: SiteState, order: Order): Ruling {
  const { record, facts } = state;
  const current = checkOrder(record, order);
  if (isRefusal(current)) return current;
  const frozen = facts.freeze?.phase === 'frozen' && facts.freeze.claim === order.claim;
  if (record.role !== 'active' && !(record.role === 'promoting' && frozen))
    return refuse('WrongRole', `${record.site} is ${record.role}: only an active site is backed up`);
  return withRecord(state, { sequence: record.sequence + 1 });
}
