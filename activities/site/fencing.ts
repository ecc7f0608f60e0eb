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
  await attempt(() => shutClientsOut(site, session, io));
  for (const [name] of site.entries()) await attempt(() => quietOne(site, session, order, name, io));
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

async function quietOne(
  site: Site,
  session: Session,
  order: Pick<Order, 'claim'>,
  name: string,
  io: Io,
): Promise<void> {
  const work = site.work(session, order, name, 'fence', io);
  const component = await site.assertIdentity(session.state().record, name).catch(async (error: unknown) => {
    // Nobody answers for it: what this machine can stop by itself is stopped all the same.
    if (failureType(error) !== 'WrongIdentity') await site.components[name]?.stopExecuting?.(work);
    throw error;
  });
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
  if (fence.stronger && !session.state().facts.down.includes(fence.name))
    await session.append({ kind: 'down', means: fence.name });
  const done = await fence.fence(io.signal);
  return done.result === 'confirmed' ? fence.read(io.signal) : done;
}

/**
 * Undoes what this site's own fences did beyond making it quiet: only under a claim on it, before it is written as a
 * standby or serves again.
 */
export async function lowerFences(site: Site, session: Session, io: Io): Promise<void> {
  const { down } = session.state().facts;
  const own = site.fences.filter((fence) => down.includes(fence.name));
  if (!own.some((fence) => fence.lower)) return;
  for (const fence of own) {
    await fence.lower?.(io.signal);
    await session.append({ kind: 'lowered', means: fence.name });
  }
}

export const says = (found: FenceResult): { result: FenceResult['result']; says: string } => ({
  result: found.result,
  says: found.result === 'confirmed' ? found.saw : found.result === 'ask' ? found.todo : found.why,
});
