import { createHash } from 'node:crypto';
import type { ApplicationFailure } from '@temporalio/common';
import { checkOrder, checkRound } from '../../model/claims.ts';
import { intendTask } from '../../model/content.ts';
import { outcomeKey } from '../../model/facts.ts';
import type { Projection } from '../../model/inventory.ts';
import type { Order, SiteRecord } from '../../model/record.ts';
import { isRefusal } from '../../model/refusal.ts';
import type { ClientCheck, Expected } from '../checks/check.ts';
import type { Component, Work } from '../components/component.ts';
import { failure } from '../failure.ts';
import type { Fence } from '../fences/fence.ts';
import type { Io } from '../io.ts';
import type { Vault } from '../vault/vault.ts';
import type { Session, Store } from './store.ts';

/** What a site worker is made of. Built by the worker from the configuration, by tests from parts of their own. */
export interface SiteDeps {
  readonly pair: string;
  readonly site: string;
  readonly peerSite: string;
  readonly store: Store;
  readonly children: { endLeftovers(): Promise<number> };
  readonly components: Readonly<Record<string, Component>>;
  readonly deletions: Readonly<Record<string, 'report' | 'remove'>>;
  readonly vault: Vault;
  /** Fences that run at this site and speak of this site. */
  readonly fences: readonly Fence[];
  readonly checks: Readonly<Record<string, ClientCheck>>;
  /** Addresses of the components at a site, for the checks. */
  addresses(site: string): Expected['addresses'];
  /** Refuses, and admits, clients at this site; the site worker's own way to the application stays open. */
  readonly frontDoor?: { close(signal: AbortSignal): Promise<void>; open(signal: AbortSignal): Promise<void> };
  runHook(id: string, facts: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string>;
  /** Milliseconds after which a freeze that nobody renews ends by itself. */
  readonly freezeMax: number;
  /** Per component: how long jobs may drain. */
  readonly drainLimit: Readonly<Record<string, number>>;
  /** Whether the configuration makes it the active one; it decides until there is a record. */
  readonly activeAtFirst: boolean;
  readonly configDigest: string;
  /** Components whose configured address is the clients' address: never allowed. */
  readonly atClientsAddress: readonly string[];
  now(): string;
}

export interface Site extends SiteDeps {
  /**
   * Runs one ordered command under the site's lock: refuses a stale claim, returns the recorded outcome of what was
   * completed, journals intent and outcome around the effect, and renews the freeze that this claim holds.
   */
  command<T>(order: Order, io: Io, effect: (session: Session, io: Io) => Promise<T>): Promise<T>;
  /** Ends what the present holder of the lock does in this process, so that a displacing claim need not wait for it. */
  displace(operation: string, reason?: ApplicationFailure): void;
  /** When the command began that holds the lock now. */
  workingSince(): string | undefined;
  /** Context of a component's work under an order. */
  work(session: Session, order: Pick<Order, 'claim'>, component: string, point: string, io: Io): Work;
  /** Reads the identity again, right before a change: an address that leads to another installation changes nothing. */
  assertIdentity(record: SiteRecord, component: string): Promise<Component>;
  entries(): readonly (readonly [string, Component])[];
}

export function createSite(deps: SiteDeps): Site {
  let running: { readonly operation: string; readonly since: string; readonly abort: AbortController } | null = null;

  const site: Site = {
    ...deps,
    entries: () => Object.entries(deps.components),

    workingSince: () => running?.since,

    displace(operation, reason) {
      if (running && running.operation !== operation) {
        const gaveWay = `claim of ${running.operation} gave way to ${operation}`;
        running.abort.abort(reason ?? failure('StaleClaim', gaveWay));
      }
    },

    command: (order, io, effect) =>
      deps.store.locked(async (session) => {
        const { record, facts } = session.state();
        const current = checkOrder(record, order);
        if (isRefusal(current)) throw failure(current.refused, current.why);
        const key = outcomeKey(order);
        if (Object.hasOwn(facts.outcomes, key)) return facts.outcomes[key] as never;
        // An earlier attempt of this worker may have died and left a child behind: nothing works beside it.
        await deps.children.endLeftovers();
        const overtaken = checkRound(facts, order);
        if (isRefusal(overtaken)) throw failure(overtaken.refused, overtaken.why);
        await session.append({ kind: 'intent', order });
        running = { operation: order.operation, since: deps.now(), abort: new AbortController() };
        const stop = running.abort;
        const relay = (): void => stop.abort(io.signal.reason);
        io.signal.addEventListener('abort', relay, { once: true });
        try {
          const result = await effect(session, { ...io, signal: stop.signal });
          await renewOwnFreeze(session, order, deps.now());
          await session.append({ kind: 'outcome', order, result: result ?? null });
          return result;
        } catch (error) {
          // Only a note: on a full disk the first reason is the one to be told.
          await session.append({ kind: 'failure', order, detail: (error as Error).message }).catch(() => undefined);
          throw stop.signal.aborted && !io.signal.aborted ? stop.signal.reason : error;
        } finally {
          io.signal.removeEventListener('abort', relay);
          running = null;
        }
      }, io.signal),

    work: (session, order, component, point, io) => ({
      signal: io.signal,
      progress: (progress) => io.progress({ ...progress, what: `${component}: ${progress.what}` }),
      key: `${deps.pair}-${order.claim}-${point}-${component}`.replaceAll('.', '-'),
      openTasks: session.record()
        ? session
            .state()
            .facts.tasks.filter((task) => task.component === component)
            .map((task) => task.name)
        : [],
      async intendTask(name) {
        const { claim } = session.state().record;
        const full = { claim: claim.number, operation: claim.operation, step: 'restore', round: 0 };
        await session.apply(intendTask(session.state(), full, { claim: claim.number, component, point, name }));
      },
      async taskEnded(name, how) {
        await session.append({ kind: 'task-ended', name, how });
      },
    }),

    async assertIdentity(record, name) {
      const component = deps.components[name];
      if (!component) throw failure('InvalidInput', `the configuration of ${deps.site} has no component "${name}"`);
      if (!Object.hasOwn(record.identity, name)) {
        throw failure(
          'WrongIdentity',
          `${name} is new in the configuration, and the record of ${deps.site} does not know it. Nothing was changed. Add it to the pair: understudy setup`,
        );
      }
      const found = await component.identify();
      if (found !== record.identity[name]) {
        throw failure(
          'WrongIdentity',
          `${name} at ${deps.site} answers as ${found}, and the site's record names ${record.identity[name]}. ` +
            'Nothing was changed. Check the address in the configuration; a new installation has to be adopted by reprotect',
        );
      }
      return component;
    },
  };
  return site;
}

/** A command of the claim that holds the freeze shows that its run lives: the clock starts anew. */
async function renewOwnFreeze(session: Session, order: Order, now: string): Promise<void> {
  const { freeze } = session.state().facts;
  if (freeze && freeze.claim === order.claim && freeze.phase === 'frozen') {
    await session.append({ kind: 'freeze', freeze: { ...freeze, renewed: now } });
  }
}

/** A digest of plain JSON, independent of the order of keys. */
export const digestOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

export const projectionDigest = (projection: Projection): string => digestOf(projection);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}
