import type { Receipt } from '../../model/receipt.ts';
import type { OperationKind, Order, PeerRecord, Verdict } from '../../model/record.ts';
import { evidence } from '../../model/record.ts';
import { isRefusal, type Refusal, type Ruling } from '../../model/refusal.ts';
import type { Rules } from './rules.ts';
import {
  type App,
  HALF,
  holds,
  NAMES,
  numberOf,
  other,
  pointOf,
  type Side,
  setOf,
  taskOf,
  type Where,
} from './world.ts';

/** What a run sends to a site. It may arrive late, twice, or never, and whoever carries it out may die after any effect. */
export type Command = { readonly site: Where; readonly claim: number; readonly operation: string } & (
  | { readonly do: 'claim'; readonly kind: OperationKind; readonly towards: Where; readonly takeover: boolean }
  | {
      readonly do:
        | 'freeze'
        | 'hold'
        | 'backup'
        | 'demote-end'
        | 'activate'
        | 'release'
        | 'thaw'
        | 'close'
        | 'reprotect';
    }
  | { readonly do: 'restore' | 'prove' | 'receipt' | 'demote'; readonly point: string }
  | { readonly do: 'accept'; readonly receipt: Receipt }
  | { readonly do: 'hand-over'; readonly peer: PeerRecord }
  | { readonly do: 'promote'; readonly peer?: PeerRecord; readonly verdict?: Verdict; readonly point?: string }
);

/** What a command returned: a refusal, or what the next step of the run needs. */
export interface Answer {
  readonly refused?: string;
  readonly record?: PeerRecord;
  readonly vault?: string | null;
  readonly point?: string;
  readonly receipt?: Receipt;
}

export interface Outcome {
  readonly side: Side;
  /** Absent: whoever carried the command out died here. */
  readonly answer?: Answer;
}

const WHEN = '2026-01-01T00:00:00Z';

/** Carries a command out at a site: every state at which its worker may die, and the one in which it answers. */
export function execute(rules: Rules, side: Side, command: Command): readonly Outcome[] {
  if (!side.app.on) return [];
  const site = worker(side);
  try {
    const answer = carryOut(rules, site, command);
    return [...site.deaths, { side: site.now(), answer }];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [...site.deaths, { side: site.now(), answer: { refused: error.refused } }];
  }
}

/** Applies rulings and effects one by one, and keeps every state between them. */
export function worker(start: Side) {
  let side = start;
  const deaths: Outcome[] = [];
  return {
    deaths,
    now: () => side,
    check<T>(ruling: Ruling<T>): T {
      if (isRefusal(ruling)) throw ruling;
      return ruling as T;
    },
    /** The record is replaced first, then what changed in the facts is journaled: one may die between the two. */
    apply(ruling: Ruling): void {
      if (isRefusal(ruling)) throw ruling satisfies Refusal;
      if (ruling.record !== side.record && ruling.facts !== side.facts)
        deaths.push({ side: { ...side, record: ruling.record } });
      side = { ...side, record: ruling.record, facts: ruling.facts };
      deaths.push({ side });
    },
    effect(change: Partial<App>): void {
      side = { ...side, app: { ...side.app, ...change } };
      deaths.push({ side });
    },
  };
}
type Worker = ReturnType<typeof worker>;

function carryOut(rules: Rules, site: Worker, command: Command): Answer {
  const order: Order = { claim: command.claim, operation: command.operation, step: command.do, round: 1 };
  const { app } = site.now();
  switch (command.do) {
    case 'claim': {
      settleTasks(rules, site);
      site.apply(
        rules.grantClaim(
          site.now(),
          {
            number: command.claim,
            operation: command.operation,
            kind: command.kind,
            towards: (command.towards + 1) as 1 | 2,
            ...(command.takeover ? { takeover: { who: 'op', why: 'gone' } } : {}),
          },
          { processes: 0, applicationTasks: app.late.length },
        ),
      );
      return { record: evidence(site.now().record), vault: app.vault };
    }
    case 'close':
      site.apply(rules.closeClaim(site.now(), order));
      return {};
    case 'freeze':
      site.apply(rules.beginFreeze(site.now(), order, setOf(app.enabled), WHEN));
      return {};
    case 'hold': {
      const started = { app: String(app.boot) };
      site.check(rules.finishFreeze(site.now(), order, started, WHEN));
      site.effect({ door: false, enabled: 0 });
      site.apply(rules.finishFreeze(site.now(), order, started, WHEN));
      return {};
    }
    case 'thaw':
      thaw(rules, site, order);
      return {};
    case 'backup': {
      site.apply(rules.beginBackup(site.now(), order));
      const { pending } = site.now().facts;
      const point = pointOf(app.data, pending ? numberOf(pending) : app.enabled);
      site.effect({ vault: point });
      return { point };
    }
    case 'restore':
    case 'prove':
      return changeContent(rules, site, order, { do: command.do, point: command.point });
    case 'receipt': {
      if (app.data !== holds(command.point).data) return { refused: 'InventoryChanged' };
      const receipt: Receipt = {
        claim: command.claim,
        operation: command.operation,
        point: command.point,
        projections: { app: String(app.data) },
        started: { app: String(app.boot) },
        enabled: setOf(holds(command.point).enabled),
        givenUp: [],
      };
      site.apply(rules.issueReceipt(site.now(), order, receipt));
      return { receipt };
    }
    case 'accept': {
      if (command.receipt.projections.app !== String(app.data)) return { refused: 'NotProven' };
      site.apply(rules.acceptReceipt(site.now(), order, command.receipt));
      return {};
    }
    default:
      return changeRole(rules, site, order, command);
  }
}

function changeContent(
  rules: Rules,
  site: Worker,
  order: Order,
  command: { readonly do: 'restore' | 'prove'; readonly point: string },
): Answer {
  const { point } = command;
  const name = taskOf(order.claim, point);
  settleTasks(rules, site);
  const { app } = site.now();
  if (command.do === 'restore') {
    site.apply(rules.beginWriting(site.now(), order, point, true));
    site.apply(rules.intendTask(site.now(), order, { claim: order.claim, component: 'app', point, name }));
    site.effect({ vault: point, late: [...app.late, name], data: HALF });
    return {};
  }
  if (app.late.includes(name)) return { refused: 'NotYet' };
  if (app.data !== holds(point).data) return { refused: 'NotDone' };
  site.apply(rules.finishWriting(site.now(), order, point));
  site.apply(rules.proveContent(site.now(), order, point));
  return {};
}

function changeRole(rules: Rules, site: Worker, order: Order, command: Command): Answer {
  const { record, facts, app } = site.now();
  const peerSite = NAMES[other(command.site)];
  switch (command.do) {
    case 'demote': {
      const reading = {
        inventorySame: facts.receipt?.projections.app === String(app.data),
        startSame: facts.freeze?.started.app === String(app.boot),
        point: command.point,
      };
      site.apply(rules.beginDemotion(site.now(), order, reading));
      break;
    }
    case 'demote-end': {
      const verdict: Verdict = { site: record.site, result: 'confirmed', means: 'services', claim: order.claim };
      site.check(rules.finishDemotion(site.now(), order, verdict));
      if (record.role === 'demoting') site.effect({ door: false, exec: false, enabled: 0 });
      site.apply(rules.finishDemotion(site.now(), order, verdict));
      break;
    }
    case 'promote': {
      const { peer, verdict, point } = command;
      const ground = {
        ...(peer ? { peer } : {}),
        ...(verdict ? { verdict } : {}),
        ...(point ? { chosenPoint: point } : {}),
        peerSite,
        applicationTasks: app.late.length,
      };
      const held = record.content?.point;
      const ofItsFreeze = record.content?.state === 'own' && facts.pendingPoint === undefined && facts.pending !== null;
      if (held && record.role === 'standby' && facts.pendingPoint !== held && !ofItsFreeze)
        site.apply(rules.inherit(site.now(), order, held, { enabled: setOf(holds(held).enabled) }));
      site.apply(rules.beginPromotion(site.now(), order, ground));
      break;
    }
    case 'activate':
      site.check(rules.finishPromotion(site.now(), order, true));
      if (record.role === 'promoting') site.effect({ door: facts.freeze === null, exec: true });
      site.apply(rules.finishPromotion(site.now(), order, true));
      break;
    case 'release':
      site.check(rules.finishRelease(site.now(), order));
      if (facts.pending) site.effect({ enabled: numberOf(facts.pending) });
      site.apply(rules.finishRelease(site.now(), order));
      break;
    case 'hand-over':
      site.apply(rules.handOver(site.now(), order, command.peer));
      break;
    case 'reprotect': {
      const ground = {
        verdict: { site: record.site, result: 'confirmed' as const, means: 'services', claim: order.claim },
        inventoryExported: true,
        quarantined: 'q',
        approved: { who: 'op', why: 'seen' },
      };
      site.check(rules.reprotectSite(site.now(), order, ground));
      if (record.role === 'outdated') site.effect({ door: false, exec: false, enabled: 0 });
      site.apply(rules.reprotectSite(site.now(), order, ground));
      break;
    }
    default:
      throw new Error(`nobody carries out ${command.do}`);
  }
  return { record: evidence(site.now().record), vault: app.vault };
}

/** Restores that the application no longer lists have ended. */
function settleTasks(rules: Rules, site: Worker): void {
  const { facts, app } = site.now();
  for (const task of facts.tasks) {
    if (!app.late.includes(task.name)) site.apply(rules.endTask(site.now(), task.name));
  }
}

/** By a run, or by the site itself when nobody renewed the freeze. */
export function thaw(rules: Rules, site: Worker, order?: Order): void {
  site.apply(rules.beginThaw(site.now(), order));
  const { facts } = site.now();
  if (!facts.freeze) return;
  site.effect({ door: true, ...(facts.pending ? { enabled: numberOf(facts.pending) } : {}) });
  site.apply(rules.finishThaw(site.now()));
}
