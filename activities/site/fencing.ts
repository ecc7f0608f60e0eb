import type { Order, Verdict } from '../../model/record.ts';
import { failure, failureType } from '../failure.ts';
import type { Fence, FenceResult } from '../fences/fence.ts';
import type { Io } from '../io.ts';
import type { Site } from './site.ts';
import type { Session } from './store.ts';

/**
 * Shuts clients out, makes every component quiet, runs the site's own fences, and reads all of it back. Each is done whatever
 * becomes of the others, e.g. where one application does not answer; then the first failure is thrown.
 */
export async function fenceSelf(site: Site, session: Session, order: Pick<Order, 'claim'>, io: Io): Promise<Verdict> {
  const failures: unknown[] = [];
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    try {
      await what();
    } catch (error) {
      io.signal.throwIfAborted();
      failures.push(error);
    }
  };
  const shut = await isShut(site, session, io);
  await attempt(() => shutClientsOut(site, session, io));
  const before = failures.length;
  for (const [name] of site.entries()) await attempt(() => quietOne(site, session, order, name, io, shut));
  if (failures.length === before && site.fences.some((fence) => fence.stronger)) await noteDown(session, QUIET);
  const means = ['services'];
  for (const fence of site.fences) {
    if (fence.kind === 'services') continue;
    await attempt(async () => {
      const found = await applyFence(session, fence, io);
      if (found.result !== 'confirmed')
        throw failure('NotYet', `fence ${fence.name} at ${site.site}: ${says(found).says}`);
      means.push(fence.name);
    });
  }
  if (failures.length > 0) throw failures[0];
  return { site: site.site, result: 'confirmed', means: means.join(', '), claim: order.claim };
}

/** Which claim a worker closed its site's front door under. */
const closedUnder = new WeakMap<Site, number>();

/**
 * Clients are refused at this site, whatever their address leads to. A superseded site fences itself again and again: its
 * door is closed once, or a command that is shared by both sites would shut out the clients of the other one each minute.
 */
async function shutClientsOut(site: Site, session: Session, io: Io): Promise<void> {
  const { claim, role } = session.state().record;
  if (role === 'outdated' && closedUnder.get(site) === claim.number) return;
  await site.frontDoor?.close(io.signal);
  closedUnder.set(site, claim.number);
}

/** Noted before the fences that are stronger: all components were read back as quiet, so a fence may stop the applications. */
const QUIET = 'services';

/** One of the site's own fences is up, and was raised when all was quiet: whoever it stopped cannot be asked any more. */
async function isShut(site: Site, session: Session, io: Io): Promise<boolean> {
  const { down } = session.state().facts;
  if (!down.includes(QUIET)) return false;
  for (const fence of site.fences) {
    const raised = fence.stronger && down.includes(fence.name);
    if (raised && (await fence.read(io.signal)).result === 'confirmed') return true;
  }
  return false;
}

async function quietOne(
  site: Site,
  session: Session,
  order: Pick<Order, 'claim'>,
  name: string,
  io: Io,
  shut: boolean,
): Promise<void> {
  const work = site.work(session, order, name, 'fence', io);
  const component = await site.assertIdentity(session.state().record, name).catch(async (error: unknown) => {
    // Nobody answers for it: what this machine can stop by itself is stopped all the same.
    if (failureType(error) !== 'WrongIdentity') await site.components[name]?.stopExecuting?.(work);
    if (shut && failureType(error) === 'Unavailable') return undefined;
    throw error;
  });
  if (!component) return;
  await component.quiet(work);
  const { executing } = await component.observe(io.signal);
  if (executing.running || executing.startsWithMachine) {
    throw failure(
      'NotYet',
      `the executing part of ${name} at ${site.site} ${executing.running ? 'still runs' : 'would start with the machine'}`,
    );
  }
}

/** Journals a fence that is stronger than quiet before it acts, and reads it back. */
export async function applyFence(session: Session, fence: Fence, io: Io): Promise<FenceResult> {
  if (fence.stronger) await noteDown(session, fence.name);
  const done = await fence.fence(io.signal);
  return done.result === 'confirmed' ? fence.read(io.signal) : done;
}

async function noteDown(session: Session, means: string): Promise<void> {
  if (!session.state().facts.down.includes(means)) await session.append({ kind: 'down', means });
}

/**
 * Undoes what this site's own fences did beyond making it quiet, and waits until applications that they stopped answer: only
 * by who holds a claim on it or is about to be granted one, before it is written as a standby or serves again.
 */
export async function lowerFences(site: Site, session: Session, io: Io): Promise<void> {
  const { down } = session.state().facts;
  for (const fence of site.fences) {
    if (!fence.lower || !down.includes(fence.name)) continue;
    await fence.lower(io.signal);
    await session.append({ kind: 'lowered', means: fence.name });
  }
  if (!down.includes(QUIET)) return;
  const { claim } = session.state().record;
  for (const [name, component] of site.entries())
    await component.startCore?.(site.work(session, { claim: claim.number }, name, 'lower', io));
  await session.append({ kind: 'lowered', means: QUIET });
}

export const says = (found: FenceResult): { result: FenceResult['result']; says: string } => ({
  result: found.result,
  says: found.result === 'confirmed' ? found.saw : found.result === 'ask' ? found.todo : found.why,
});
