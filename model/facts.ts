import type { Receipt } from './receipt.ts';
import type { Order, Verdict } from './record.ts';

/**
 * The journal beside the record: append-only, fsynced. `Facts` is what folding it from the start gives; nothing else is
 * remembered. Every entry is plain JSON.
 */

/** Per component, per kind (`schedules`, `automations`, …): the names that were enabled. */
export type EnabledSet = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** A restore or import that was posted to the application and may outlive us. */
export interface TaskIntent {
  readonly claim: number;
  readonly component: string;
  readonly point: string;
  /** Unique package name: how the task is found again after an uncertain answer. */
  readonly name: string;
}

/** A job that was given up when the active was drained, with what is needed to run it again. */
export interface GivenUpJob {
  readonly component: string;
  readonly id: string;
  readonly title: string;
  readonly request: unknown;
  /** Where it was accepted, and where its `id` means this job. */
  readonly site?: string;
  /** Cannot be run again, because the application does not tell all that it was submitted with. */
  readonly lost?: true;
}

export interface Freeze {
  readonly claim: number;
  readonly operation: string;
  readonly phase: 'freezing' | 'frozen' | 'thawing';
  /** ISO time at which clients were shut out, and jobs began to drain; absent: not yet. */
  readonly closedAt?: string;
  /** ISO time of the last renewal by the run that holds the claim. */
  readonly renewed: string;
  /** Per component: the application's start time when the freeze was proved. A restart breaks the freeze. */
  readonly started: Readonly<Record<string, string>>;
}

export interface OpenPoint {
  readonly claim: number;
  readonly round: number;
  readonly point: string;
}

export type Entry =
  | { readonly at: string; readonly kind: 'intent' | 'failure'; readonly order: Order; readonly detail?: unknown }
  | { readonly at: string; readonly kind: 'outcome'; readonly order: Order; readonly result: unknown }
  | {
      readonly at: string;
      readonly kind: 'claim';
      readonly number: number;
      readonly operation: string;
      readonly note?: string;
    }
  | { readonly at: string; readonly kind: 'pending'; readonly set: EnabledSet; readonly point?: string }
  | { readonly at: string; readonly kind: 'pending-ended' }
  | { readonly at: string; readonly kind: 'freeze'; readonly freeze: Freeze }
  | { readonly at: string; readonly kind: 'freeze-ended' }
  | { readonly at: string; readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly at: string; readonly kind: 'receipt-void' }
  | { readonly at: string; readonly kind: 'task'; readonly task: TaskIntent }
  | { readonly at: string; readonly kind: 'task-ended'; readonly name: string; readonly how: string }
  | { readonly at: string; readonly kind: 'job-given-up'; readonly job: GivenUpJob }
  | {
      readonly at: string;
      readonly kind: 'jobs-settled';
      readonly how: 'resubmitted' | 'dropped' | 'handed-over' | 'overwritten';
      /** Numbers of jobs are unique within a component only. */
      readonly component: string;
      readonly ids: readonly string[];
    }
  | { readonly at: string; readonly kind: 'point'; readonly point: string; readonly state: 'intact' | 'proven' }
  | { readonly at: string; readonly kind: 'points-removed'; readonly points: readonly string[] }
  | { readonly at: string; readonly kind: 'open-point'; readonly open: OpenPoint | null }
  | { readonly at: string; readonly kind: 'tip'; readonly point: string }
  | { readonly at: string; readonly kind: 'snapshot'; readonly facts: Facts }
  | { readonly at: string; readonly kind: 'fenced'; readonly verdict: Verdict | null }
  /** null, in journals of before: nothing is down any more. */
  | { readonly at: string; readonly kind: 'down'; readonly means: string | null }
  | { readonly at: string; readonly kind: 'lowered'; readonly means: string }
  | {
      readonly at: string;
      readonly kind: 'redirect';
      readonly name: string;
      readonly to: string;
      readonly phase: 'intent' | 'done';
    }
  | { readonly at: string; readonly kind: 'note'; readonly text: string };

export interface Facts {
  /** Highest claim number that was ever granted here. */
  readonly seen: number;
  readonly pending: EnabledSet | null;
  /** The point whose enabled set is pending, at a site that does not act; absent: the set is of what ran here. */
  readonly pendingPoint?: string;
  readonly freeze: Freeze | null;
  /** At the source: what it issued. At the target: what it reproduced. Void as soon as the freeze is broken. */
  readonly receipt: Receipt | null;
  /** Intents with no known end. */
  readonly tasks: readonly TaskIntent[];
  readonly givenUp: readonly GivenUpJob[];
  /** Outcomes of the newest claim, by `claim/step/round`. */
  readonly outcomes: Readonly<Record<string, unknown>>;
  /** The point whose parts are being stored now: it exists only once it is sealed. */
  readonly openPoint: OpenPoint | null;
  /** Last point taken here, or the one that was promoted: the parent of the next one. */
  readonly lastPoint: string | null;
  readonly intact: readonly string[];
  readonly proven: readonly string[];
  /** How sure it was that this site does not act when it became a standby; absent while it acts. */
  readonly fenced?: Verdict;
  /** What keeps this site down beyond its being quiet: the names of its fences, and of cores that were stopped. */
  readonly down: readonly string[];
  readonly redirects: Readonly<Record<string, { readonly to: string; readonly phase: 'intent' | 'done' }>>;
}

export const NO_FACTS: Facts = {
  seen: 0,
  pending: null,
  freeze: null,
  receipt: null,
  tasks: [],
  givenUp: [],
  outcomes: {},
  openPoint: null,
  lastPoint: null,
  intact: [],
  proven: [],
  down: [],
  redirects: {},
};

export const outcomeKey = (order: Pick<Order, 'claim' | 'step' | 'round'>): string =>
  `${order.claim}/${order.step}/${order.round}`;

const add = (list: readonly string[], item: string): readonly string[] =>
  list.includes(item) ? list : [...list, item];

/** Snapshots of before hold one name, or null. */
const downOf = ({ down }: { readonly down: readonly string[] | string | null }): readonly string[] =>
  typeof down === 'string' ? [down] : (down ?? []);

/** No enabled set is pending any more. */
export function withoutPending(facts: Facts): Facts {
  const { pendingPoint: _, ...rest } = facts;
  return { ...rest, pending: null };
}

/** Folds one journal entry into the facts. */
export function fold(facts: Facts, entry: Entry): Facts {
  switch (entry.kind) {
    case 'claim':
      return { ...facts, seen: Math.max(facts.seen, entry.number), outcomes: {} };
    case 'outcome':
      return { ...facts, outcomes: { ...facts.outcomes, [outcomeKey(entry.order)]: entry.result ?? null } };
    case 'pending':
      return { ...withoutPending(facts), pending: entry.set, ...(entry.point ? { pendingPoint: entry.point } : {}) };
    case 'pending-ended':
      return withoutPending(facts);
    case 'freeze':
      return { ...facts, freeze: entry.freeze };
    case 'freeze-ended':
      return { ...facts, freeze: null };
    case 'receipt':
      return { ...facts, receipt: entry.receipt };
    case 'receipt-void':
      return { ...facts, receipt: null };
    case 'task':
      return { ...facts, tasks: [...facts.tasks.filter((task) => task.name !== entry.task.name), entry.task] };
    case 'task-ended':
      return { ...facts, tasks: facts.tasks.filter((task) => task.name !== entry.name) };
    case 'job-given-up':
      return {
        ...facts,
        givenUp: [
          ...facts.givenUp.filter((job) => job.id !== entry.job.id || job.component !== entry.job.component),
          entry.job,
        ],
      };
    case 'jobs-settled':
      return {
        ...facts,
        givenUp: facts.givenUp.filter((job) => job.component !== entry.component || !entry.ids.includes(job.id)),
      };
    case 'point':
      return {
        ...facts,
        intact: add(facts.intact, entry.point),
        proven: entry.state === 'proven' ? add(facts.proven, entry.point) : facts.proven,
      };
    case 'points-removed':
      return {
        ...facts,
        intact: facts.intact.filter((point) => !entry.points.includes(point)),
        proven: facts.proven.filter((point) => !entry.points.includes(point)),
      };
    case 'open-point':
      return { ...facts, openPoint: entry.open };
    case 'tip':
      return { ...facts, lastPoint: entry.point };
    case 'snapshot':
      return { ...entry.facts, down: downOf(entry.facts) };
    case 'fenced': {
      const { fenced: _, ...rest } = facts;
      return entry.verdict ? { ...rest, fenced: entry.verdict } : rest;
    }
    case 'down':
      return { ...facts, down: entry.means === null ? [] : add(facts.down, entry.means) };
    case 'lowered':
      return { ...facts, down: facts.down.filter((means) => means !== entry.means) };
    case 'redirect':
      return { ...facts, redirects: { ...facts.redirects, [entry.name]: { to: entry.to, phase: entry.phase } } };
    case 'intent':
    case 'failure':
    case 'note':
      return facts;
  }
}
