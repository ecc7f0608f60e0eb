import { addComponents, quietFirst, unknownComponents } from '../../model/add-components.ts';
import { words } from '../../model/duration.ts';
import type { Facts } from '../../model/facts.ts';
import type { PointSummary } from '../../model/points.ts';
import { acting, type PeerEvidence } from '../../model/record.ts';
import { isRefusal } from '../../model/refusal.ts';
import { learnOfPeer } from '../../model/roles.ts';
import { setupRecord } from '../../model/setup.ts';
import type { ComponentView, SiteActivities, SiteView } from '../../model/site-activities.ts';
import type { Component } from '../components/component.ts';
import { failure } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import { within } from '../within.ts';
import { pointsOf, summary } from './cycle.ts';
import { fenceSelf } from './fencing.ts';
import { heldPoint } from './held-point.ts';
import { forgetMirror, type Mirror, readPeerMirror } from './mirror.ts';
import type { Site } from './site.ts';
import { lockedSoon } from './soon.ts';
import { startIfActive } from './starting.ts';
import type { Session } from './store.ts';
import { findTraces } from './traces.ts';

type Looking = Pick<
  SiteActivities,
  | 'observe'
  | 'check'
  | 'identify'
  | 'establish'
  | 'addComponents'
  | 'createVault'
  | 'findTraces'
  | 'hearPeer'
  | 'runCheck'
  | 'runHook'
>;

/** Milliseconds for the peer's vault in a look: where its site is lost, each second waited is outage. */
const PEER_VAULT = 5_000;
/** For the own one, which may have to read a hundred manifests. */
const OWN_VAULT = 120_000;

/** What the site tells of itself, its setting up, and what it hears of its peer. */
export function looking(site: Site): Looking {
  return {
    observe: ({ deep }) => withHeartbeat((io) => view(site, deep, io)),

    check: () =>
      withHeartbeat(async (io) => {
        const { record } = await site.store.peek();
        const active = record === null ? site.activeAtFirst : acting(record.role);
        const found = await Promise.all([
          ...site
            .entries()
            .map(async ([name, component]) =>
              (await component.check(io.signal, { active })).map((finding) => ({ component: name, ...finding })),
            ),
          site.vault.check(io),
          ...site.fences.map((fence) => fence.check(io.signal)),
        ]);
        return found.flat().map((finding) => ({ site: site.site, ...finding }));
      }),

    identify: () =>
      withHeartbeat(async () => {
        // Only setup asks: where nothing identifies an installation by itself, it gets a marker. One that the record knows and
        // that lost its marker is another one, or damaged.
        const known = (await site.store.peek()).record?.identity ?? {};
        for (const [name, component] of site.entries()) {
          if (!Object.hasOwn(known, name)) await component.establish?.();
        }
        return identities(site);
      }),

    establish: ({ pair, setup, role, ordinal, peer, peerIdentity, number, evidenceAgainst }) =>
      withHeartbeat((io) =>
        site.store.locked(async (session) => {
          const existing = session.record();
          const identity = await identities(site);
          const atClientsAddress = site.atClientsAddress;
          const request = {
            pair,
            site: site.site,
            ordinal,
            setup,
            role,
            identity,
            existing,
            peer,
            peerIdentity,
            number,
            atClientsAddress,
            ...(evidenceAgainst ? { evidenceAgainst } : {}),
          };
          const made = setupRecord(request);
          if (isRefusal(made)) throw failure(made.refused, made.why);
          if (made === existing) return made;
          // Only now: what has no record may be the site that serves, and lost it.
          if (role === 'standby') {
            await quietAll(site, session, io);
            await site.frontDoor?.close(io.signal);
          }
          await session.create(made);
          await session.append({
            kind: 'claim',
            number: made.claim.number,
            operation: made.claim.operation,
            note: `set up as ${role}`,
          });
          return made;
        }, io.signal),
      ),

    addComponents: ({ peer, peerIdentity, evidenceAgainst }) =>
      withHeartbeat((io) =>
        site.store.locked(async (session) => {
          const { record, facts } = session.state();
          const { atClientsAddress } = site;
          const identity = await identities(site);
          const added = unknownComponents(record, identity);
          const next = addComponents(record, {
            identity,
            peer,
            peerIdentity,
            atClientsAddress,
            ...(evidenceAgainst ? { evidenceAgainst } : {}),
          });
          if (isRefusal(next)) throw failure(next.refused, next.why);
          if (next === record) return record;
          // As at the first setup: what is at the standby is made quiet before it counts as being there.
          if (quietFirst(record)) await quietAll(site, session, io, added);
          await session.apply({ record: next, facts });
          await session.append({ kind: 'note', text: `added to the pair: ${added.join(', ')}` });
          return next;
        }, io.signal),
      ),

    createVault: () =>
      withHeartbeat(async (io) => {
        await site.vault.create(io);
        await forgetMirror(site);
      }),

    findTraces: () => withHeartbeat((io) => findTraces(site, io)),

    hearPeer: ({ peer }) =>
      withHeartbeat(async (io) => {
        const heard = await hearPeer(site, peer, io);
        // What the peer's own worker says through Temporal is as good as its mirror.
        await startIfActive(site, () => undefined, io.signal, peer);
        return heard;
      }),

    runCheck: ({ name, site: expected, identity }) =>
      withHeartbeat(async (io) => {
        const check = site.checks[name];
        if (!check) throw failure('InvalidInput', `the configuration has no check "${name}"`);
        const found = await check.run(io.signal, { site: expected, identity, addresses: site.addresses(expected) });
        if (!found.ok) throw failure('NotYet', `${name}, seen from ${site.site}: ${found.saw}`);
        return found;
      }),

    runHook: ({ order, hook, facts }) =>
      withHeartbeat((io) =>
        site.command(order, io, async (_session, inner) => ({ says: await site.runHook(hook, facts, inner.signal) })),
      ),
  };
}

async function identities(site: Site): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(
    await Promise.all(site.entries().map(async ([name, component]) => [name, await component.identify()] as const)),
  );
}

async function quietAll(site: Site, session: Session, io: Io, only?: readonly string[]): Promise<void> {
  for (const [name, component] of site.entries())
    if (only?.includes(name) ?? true) await component.quiet(site.work(session, { claim: 0 }, name, 'setup', io));
}

/**
 * Takes note of what the peer says. A site that is superseded becomes outdated and fences itself at once; so does one that
 * was outdated before its fence was done.
 */
export async function hearPeer(site: Site, peer: PeerEvidence, io: Io): Promise<{ role: string }> {
  const { record, facts } = await site.store.peek();
  const known = record && learnOfPeer({ record, facts }, peer).record;
  const superseded = known?.role === 'outdated';
  // A step may hold the lock for hours: it is not waited for without news, and it ends where this site is superseded.
  if (known && !superseded && JSON.stringify(known.peer) === JSON.stringify(record.peer)) return { role: known.role };
  if (superseded && record?.role !== 'outdated') site.displace(`${site.site}, which is superseded`);
  const learn = async (session: Session): Promise<{ role: string }> => {
    const before = session.state();
    const next = learnOfPeer(before, peer);
    if (
      next.record.role !== before.record.role ||
      JSON.stringify(next.record.peer) !== JSON.stringify(before.record.peer)
    ) {
      await session.apply(next);
    }
    if (next.record.role === 'outdated') {
      if (before.record.role !== 'outdated') {
        await session.append({
          kind: 'note',
          text: `superseded by epoch ${peer.epoch} of ${site.peerSite}: fencing itself`,
        });
      }
      await fenceSelf(site, session, { claim: next.record.claim.number }, io);
    }
    return { role: next.record.role };
  };
  // Any other news is told again: while it waited, that of a take-over would not be heard.
  return superseded ? site.store.locked(learn, io.signal) : lockedSoon(site, learn, io.signal);
}

async function view(site: Site, deep: boolean, io: Io): Promise<SiteView> {
  const { record, problem, facts } = await site.store.peek();
  const unknown: string[] = [];
  const [components, points, mirror] = deep
    ? await Promise.all([
        Promise.all(site.entries().map(([name, component]) => componentView(name, component, io))),
        ownPoints(site, facts, io).catch((error: Error) => {
          unknown.push(error.message);
          const held = heldPoint(site);
          return held && facts.proven.includes(held.id) ? [summary(held, 'proven')] : [];
        }),
        readPeerMirror(site, io.signal, PEER_VAULT).catch(() => null as Mirror | null),
      ])
    : [[], [], null];
  return {
    site: site.site,
    record,
    ...(problem ? { recordProblem: problem } : {}),
    held: facts.pending !== null && record !== null && record.role === 'active',
    frozen: facts.freeze !== null,
    openTasks: facts.tasks.length,
    givenUpJobs: facts.givenUp.length,
    seen: Math.max(facts.seen, record?.claim.number ?? 0, record?.peer?.number ?? 0, mirror?.seen ?? 0),
    lastPoint: facts.lastPoint,
    down: facts.down,
    components,
    points,
    ...(unknown[0] ? { vaultProblem: unknown[0] } : {}),
    ...(mirror ? { peerMirror: mirror.evidence } : {}),
    clock: site.now(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    configDigest: site.configDigest,
  };
}

const ownPoints = (site: Site, facts: Facts, io: Io): Promise<readonly PointSummary[]> =>
  within(OWN_VAULT, `the vault of ${site.site} did not answer within ${words(OWN_VAULT)}`, io.signal, (signal) =>
    pointsOf(site, facts, { ...io, signal }),
  );

async function componentView(name: string, component: Component, io: Io): Promise<ComponentView> {
  try {
    const seen = await component.observe(io.signal);
    return {
      name,
      identity: seen.identity,
      version: seen.version,
      started: seen.started,
      ...(seen.timeZone === undefined ? {} : { timeZone: seen.timeZone }),
      healthy: seen.health.healthy,
      says: seen.health.says,
      executing: seen.executing.running,
      ...(seen.executing.none ? { executesNothing: true } : {}),
      startsWithMachine: seen.executing.startsWithMachine,
      tasks: seen.tasks.length,
    };
  } catch (error) {
    const problem = (error as Error).message;
    return {
      name,
      identity: '',
      version: '',
      started: '',
      healthy: false,
      says: problem,
      executing: false,
      startsWithMachine: false,
      tasks: 0,
      problem,
    };
  }
}
