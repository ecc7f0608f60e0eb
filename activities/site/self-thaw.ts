import { failure } from '../failure.ts';
import { quietIo } from '../io.ts';
import { thawUnderLock } from './freezing.ts';
import type { Tell } from './guard.ts';
import { nobodyRenews } from './renewal.ts';
import type { Site } from './site.ts';

/** Ends a freeze that nobody renewed: the run is gone, or cut off, and clients would be refused for as long. */
export async function thawIfAlone(site: Site, tell: Tell, signal: AbortSignal): Promise<void> {
  const { record, facts } = await site.store.peek();
  if (!record || !nobodyRenews(site, { record, facts })) return;
  // A final backup may go on for hours, and clients are refused meanwhile. What freezes or thaws is itself not cut off: no
  // run renews beside it, and it ends.
  const why = `nobody renewed the freeze of ${site.site} in time, so it thaws itself: back to the freeze`;
  if (facts.freeze?.phase === 'frozen') site.displace(`the thaw of ${site.site}`, failure('FreezeBroken', why));
  await site.store.locked(async (session) => {
    if (session.record() === null || !nobodyRenews(site, session.state())) return;
    const { length } = session.state().facts.givenUp;
    const owed =
      length > 0 ? `. ${length} jobs that were given up are owed: the next sync says what becomes of them` : '';
    tell('alarm', `${site.site}: nobody renewed its freeze in time, so it thaws itself and its receipt is void${owed}`);
    // Only a note: what the thaw itself writes down has to fit.
    await session.append({ kind: 'note', text: 'thawed itself: nobody renewed the freeze' }).catch(() => undefined);
    await thawUnderLock(site, session, quietIo(signal));
  }, signal);
}
