import { setTimeout as sleep } from 'node:timers/promises';
import { type ClaimRequest, closeClaim, grantClaim, NO_LEFTOVERS } from '../../model/claims.ts';
import { endTask, stopTasks } from '../../model/content.ts';
import { acting, evidence } from '../../model/record.ts';
import { isRefusal, withRecord } from '../../model/refusal.ts';
import type { Grant, SiteActivities } from '../../model/site-activities.ts';
import { failure } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import { lowerFences } from './fencing.ts';
import type { Site } from './site.ts';
import { lockedSoon } from './soon.ts';
import type { Session } from './store.ts';

/** How long an application may take until it lists a restore that was posted to it. */
const APPEARS_MS = 5_000;

/** Granting and closing claims: who may change this site. */
export function claiming(site: Site): Pick<SiteActivities, 'claim' | 'closeClaim' | 'setPaused'> {
  return {
    claim: (input) =>
      withHeartbeat(async (io) => {
        const { request, holder } = input;
        const giveWay = async (): Promise<void> => {
          const former = (await site.store.peek()).record?.claim;
          const meant = holder === undefined || former?.operation === holder;
          if (former && !former.closed && meant && displaces(former.kind, request)) site.displace(request.operation);
        };
        // Again and again until the lock is ours: a step may only just have begun.
        const nudge = setInterval(() => void giveWay().catch(() => undefined), 1_000);
        try {
          for (;;) {
            await giveWay();
            const granted = await site.store.locked((session) => tryToGrant(site, session, io, input), io.signal);
            if (granted) return granted;
            // Without the lock: whoever may displace us, or stop the application's core, need not wait for its tasks too.
            io.progress({ what: 'waiting until no restore runs in the application any more' });
            await sleep(2_000, undefined, { signal: io.signal });
          }
        } finally {
          clearInterval(nudge);
        }
      }),

    closeClaim: ({ order }) =>
      withHeartbeat((io) =>
        site.store.locked(async (session) => {
          await session.apply(closeClaim(session.state(), order));
          return evidence(session.state().record);
        }, io.signal),
      ),

    setPaused: ({ paused }) =>
      withHeartbeat((io) =>
        // `pair` tells it again after each look.
        lockedSoon(
          site,
          async (session) => {
            const { paused: _, ...rest } = session.state().record;
            await session.apply(
              paused ? withRecord(session.state(), { paused }) : { ...session.state(), record: rest },
            );
          },
          io.signal,
        ),
      ),
  };
}

/** Grants the claim, refuses it, or returns undefined while tasks of the application are to be waited for. */
async function tryToGrant(
  site: Site,
  session: Session,
  io: Io,
  { request, tasks, holder }: Parameters<SiteActivities['claim']>[0],
): Promise<Grant | undefined> {
  const { claim, role } = session.state().record;
  if (claim.number === request.number && claim.operation === request.operation) return grant(session);
  if (holder !== undefined && !claim.closed && ![holder, request.operation].includes(claim.operation)) {
    throw failure('Busy', `${site.site} is held by ${claim.operation} (${claim.kind}), not by ${holder} any more`);
  }
  // First: who would be refused anyway stops nothing here.
  const { record, facts } = session.state();
  const may = grantClaim({ record, facts: { ...facts, tasks: [] } }, request, NO_LEFTOVERS);
  if (isRefusal(may)) throw failure(may.refused, may.why);
  await site.children.endLeftovers();
  // What its own fence stopped cannot tell what still runs in it. A demotion that is not over keeps its fence.
  if (role === 'standby') await lowerFences(site, session, io);
  const left = acting(role) ? 0 : await settleTasks(site, session, io, tasks === 'wait' ? undefined : tasks);
  if (left > 0 && tasks === 'wait') return undefined;
  await session.apply(grantClaim(session.state(), request, { processes: 0, applicationTasks: left }));
  const note = request.takeover ? `taken over by ${request.takeover.who}: ${request.takeover.why}` : undefined;
  await session.append({
    kind: 'claim',
    number: request.number,
    operation: request.operation,
    ...(note ? { note } : {}),
  });
  return grant(session);
}

function grant(session: Session): Grant {
  const { record, facts } = session.state();
  return { record, evidence: evidence(record), held: facts.pending !== null, lastPoint: facts.lastPoint };
}

const displaces = (former: string, request: ClaimRequest): boolean =>
  request.takeover !== undefined ||
  ((former === 'sync' || former === 'drill') && request.kind !== 'sync' && request.kind !== 'drill');

/**
 * Restores that may still run in the application: waits for them, or stops the application's core, as the answer says.
 * Returns how many are left. Intents that the application does not list as unfinished any more have a known end.
 */
export async function settleTasks(
  site: Site,
  session: Session,
  io: Io,
  how: 'wait' | 'stop-core' | undefined,
): Promise<number> {
  let left = 0;
  for (const [name, component] of site.entries()) {
    const open = session.state().facts.tasks.filter((task) => task.component === name);
    // Somebody died while the core was stopped: it does not answer, and nobody else would start it again.
    if (component.startCore && session.state().facts.down.includes(coreOf(name)))
      await killTasks(site, session, io, name);
    let looked = open.length === 0;
    for (;;) {
      const listed = (await component.observe(io.signal)).tasks;
      if (listed.length === 0 && !looked) {
        // Whoever posted it may have died a moment ago: the application takes a while to list what it accepted.
        looked = true;
        io.progress({ what: `looking once more for ${open.map((task) => task.name).join(', ')} in ${name}` });
        await sleep(APPEARS_MS, undefined, { signal: io.signal });
        continue;
      }
      if (listed.length === 0) {
        for (const task of open) await session.apply(endTask(session.state(), task.name));
        break;
      }
      if (how === 'stop-core') {
        if (!component.stopCore)
          throw failure('Refused', `${name} at ${site.site} has no way to stop its core; wait for the task instead`);
        await site.assertIdentity(session.state().record, name);
        await killTasks(site, session, io, name);
        break;
      }
      if (how === undefined) {
        left += listed.length;
        break;
      }
      io.progress({ what: `waiting for ${listed.map((task) => task.name).join(', ')} in ${name}` });
      await sleep(2_000, undefined, { signal: io.signal });
    }
  }
  return left;
}

const coreOf = (name: string): string => `core of ${name}`;

/** Stops the application's core, so that what it ran is dead, and starts it again: what follows needs its API. */
async function killTasks(site: Site, session: Session, io: Io, name: string): Promise<void> {
  const component = site.components[name];
  const work = site.work(session, { claim: session.state().record.claim.number }, name, 'none', io);
  await session.append({ kind: 'down', means: coreOf(name) });
  await component?.stopCore?.(work);
  await session.apply(stopTasks(session.state()));
  if (!component?.startCore) return;
  await component.startCore(work);
  await session.append({ kind: 'lowered', means: coreOf(name) });
}
