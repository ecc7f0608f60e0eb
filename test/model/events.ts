import { acting, evidence } from '../../model/record.ts';
import { isRefusal } from '../../model/refusal.ts';
import { thaw, worker } from './commands.ts';
import type { Rules } from './rules.ts';
import { bringsOf, HALF, holds, other, type Side, type Where } from './world.ts';

/** What the world does by itself at one site, whatever the runs do. */

export interface Event {
  readonly what: string;
  readonly side: Side;
  readonly broken?: string;
}

/** Restores that run in the application come to their end, whoever posted them. */
export function landings({ record, facts, app }: Side): Event[] {
  return app.late.map((task, index) => {
    const point = bringsOf(task);
    const late = app.late.filter((_, i) => i !== index);
    const acts = acting(record.role) || app.exec;
    return {
      what: `the restore of ${point} ends at ${record.site}`,
      side: { record, facts, app: { ...app, late, data: holds(point).data } },
      ...(acts ? { broken: `a restore writes into ${record.site} while it acts` } : {}),
    };
  });
}

/** What the site's own worker does without an order: thaws itself, stops a core under a grant, restarts. */
export function ownActs(rules: Rules, side: Side): Event[] {
  const { record, facts, app } = side;
  const events: Event[] = [];
  if (!app.on) {
    const on = { ...app, on: true, boot: 1, late: [], exec: false, door: false };
    return [{ what: `${record.site} is switched on`, side: { record, facts, app: on } }];
  }
  if (facts.freeze) {
    const own = worker(side);
    try {
      thaw(rules, own);
      for (const { side: reached } of [...own.deaths, { side: own.now() }])
        events.push({ what: `${record.site} thaws itself`, side: reached });
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  if (facts.tasks.length > 0 && !acting(record.role)) {
    const own = worker(side);
    own.effect({ late: [] });
    own.apply(rules.stopTasks(own.now()));
    for (const { side: reached } of [...own.deaths])
      events.push({ what: `the core of ${record.site} is stopped`, side: reached });
  }
  return events;
}

/** The site reads its peer's record, fences itself if it is superseded, and starts what is active here. */
export function hears(rules: Rules, side: Side, peer: Side): Event[] {
  if (!side.app.on) return [];
  const own = worker(side);
  const { record } = side;
  if (rules.learnOfPeer(side, evidence(peer.record)).record.role !== record.role)
    own.apply(rules.learnOfPeer(side, evidence(peer.record)));
  const { app, facts } = own.now();
  const role = own.now().record.role;
  if (role === 'outdated' && (app.exec || app.door || app.enabled > 0))
    own.effect({ door: false, exec: false, enabled: 0 });
  if (role === 'active' && !app.exec && !isRefusal(rules.mayStart(own.now(), evidence(peer.record))))
    own.effect({ exec: true, door: facts.freeze === null });
  return own.deaths.map(({ side: reached }) => ({ what: `${record.site} hears its peer`, side: reached }));
}

/** A client's write is acknowledged. */
export function write({ record, facts, app }: Side, number: number): Event | null {
  if (!app.on || !app.door || app.data >= HALF) return null;
  const data = app.data | (1 << number);
  return { what: `${record.site} acknowledges write ${number}`, side: { record, facts, app: { ...app, data } } };
}

/** A user enables other schedules. */
export function toggle({ record, facts, app }: Side): Event | null {
  if (!app.on || !app.door || app.enabled === 0 || facts.freeze || facts.pending) return null;
  const side: Side = { record, facts, app: { ...app, enabled: 3 - app.enabled } };
  return { what: `a user enables other schedules at ${record.site}`, side };
}

export const powerOff = (side: Side): Side => ({
  ...side,
  app: { ...side.app, on: false, exec: false, door: false, late: [] },
});

/** The acting site that clients are to be served by: of two, the one with the higher epoch. */
export function leads(sides: readonly [Side, Side], site: Where): boolean {
  const own = sides[site].record;
  const peer = sides[other(site)].record;
  return acting(own.role) && !(acting(peer.role) && peer.epoch > own.epoch);
}
