import type { Order, Verdict } from '../../model/record.ts';
import { failure } from '../failure.ts';
import type { Fence, FenceResult } from '../fences/fence.ts';
import type { Io } from '../io.ts';
import type { Site } from './site.ts';
import type { Session } from './store.ts';

/** Makes every component quiet, runs the site's own fences, and reads all of it back. */
export async function fenceSelf(site: Site, session: Session, order: Pick<Order, 'claim'>, io: Io): Promise<Verdict> {
  const means: string[] = [];
  // Clients are refused at this site, whatever the clients' address leads to. First, since it needs no application; where it
  // fails the rest is done all the same.
  const shut = (async () => site.frontDoor?.close(io.signal))();
  await shut.catch(() => undefined);
  for (const [name] of site.entries()) {
    const component = await site.assertIdentity(session.state().record, name);
    await component.quiet(site.work(session, order, name, 'fence', io));
    const { executing } = await component.observe(io.signal);
    if (executing.running || executing.startsWithMachine) {
      throw failure(
        'NotYet',
        `the executing part of ${name} at ${site.site} ${executing.running ? 'still runs' : 'would start with the machine'}`,
      );
    }
  }
  means.push('services');
  for (const fence of site.fences) {
    if (fence.kind === 'services') continue;
    const found = await applyFence(session, fence, io);
    if (found.result !== 'confirmed')
      throw failure('NotYet', `fence ${fence.name} at ${site.site}: ${says(found).says}`);
    means.push(fence.name);
  }
  await shut;
  return { site: site.site, result: 'confirmed', means: means.join(', '), claim: order.claim };
}

/** Journals a fence that is stronger than quiet before it acts, and reads it back. */
export async function applyFence(session: Session, fence: Fence, io: Io): Promise<FenceResult> {
  if (fence.stronger && session.state().facts.down !== fence.name)
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
  if (!site.fences.some((fence) => fence.name === down) || !site.fences.some((fence) => fence.lower)) return;
  for (const fence of site.fences) await fence.lower?.(io.signal);
  await session.append({ kind: 'down', means: null });
}

export const says = (found: FenceResult): { result: FenceResult['result']; says: string } => ({
  result: found.result,
  says: found.result === 'confirmed' ? found.saw : found.result === 'ask' ? found.todo : found.why,
});
