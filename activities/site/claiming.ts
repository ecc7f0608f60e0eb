import { setTimeout as sleep } from 'node:timers/promises';
import { type ClaimRequest, closeClaim, grantClaim } from '../../model/claims.ts';
import { endTask, stopTasks } from '../../model/content.ts';
import { acting, evidence } from '../../model/record.ts';
import { withRecord } from '../../model/refusal.ts';
import type { Grant, SiteActivities } from '../../model/site-activities.ts';
import { failure } from '../failure.ts';
import { type Io, withHeartbeat } from '../io.ts';
import type { Site } from './site.ts';
import type { Session } from './store.ts';

/** Granting and closing claims: who may change this site. */
export function claiming(site: Site): Pick<SiteActivities, 'claim' | 'closeClaim' | 'setPaused'> {
  return {
    claim: ({ request, tasks, holder }) =>
      withHeartbeat(async (io) => {
        const former = (await site.store.peek()).record?.claim;
        const meant = holder === undefined || former?.operation === holder;
        if (former && !former.closed && meant && displaces(former.kind, request)) site.displace(request.operation);
        return site.store.locked(async (session) => {
          const { claim, role } = session.state().record;
          if (claim.number === request.number && claim.operation === request.operation) return grant(session);
          if (holder !== undefined && !claim.closed && ![holder, request.operation].includes(claim.operation)) {
            throw failure(
              'Busy',
              `${site.site} is held by ${claim.operation} (${claim.kind}), not by ${holder} any more`,
            );
          }
          await site.children.endLeftovers();
          const applicationTasks = acting(role) ? 0 : await settleTasks(site, session, io, tasks);
          await session.apply(grantClaim(session.state(), request, { processes: 0, applicationTasks }));
          const note = request.takeover ? `taken over by ${request.takeover.who}: ${request.takeover.why}` : undefined;
          await session.append({
            kind: 'claim',
            number: request.number,
            operation: request.operation,
            ...(note ? { note } : {}),
          });
          return grant(session);
        }, io.signal);
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
        site.store.locked(async (session) => {
          const { paused: _, ...rest } = session.state().record;
          await session.apply(paused ? withRecord(session.state(), { paused }) : { ...session.state(), record: rest });
        }, io.signal),
      ),
  };
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
    for (;;) {
      const listed = (await component.observe(io.signal)).tasks;
      if (listed.length === 0) {
        for (const task of open) await session.apply(endTask(session.state(), task.name));
        break;
      }
      if (how === 'stop-core') {
        if (!component.stopCore)
          throw failure('Refused', `${name} at ${site.site} has no way to stop its core; wait for the task instead`);
        await site.assertIdentity(session.state().record, name);
        await component.stopCore(site.work(session, { claim: session.state().record.claim.number }, name, 'none', io));
        await session.append({ kind: 'down', means: `core of ${name}` });
        await session.apply(stopTasks(session.state()));
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
