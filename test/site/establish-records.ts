import type { InstantPair } from '../../bench/instant-pair.ts';
import type { SiteRecord } from '../../model/record.ts';
import { isRefusal } from '../../model/refusal.ts';
import { setupRecord } from '../../model/setup.ts';

/** Makes both records as the workflow `setup` does, at once: site a active, site b its standby. */
export async function establishRecords({ apps, sites }: InstantPair, pair: string): Promise<void> {
  const identity = { a: { app: apps.a.identity }, b: { app: apps.b.identity } };
  const make = (site: 'a' | 'b', role: 'active' | 'standby', peer: SiteRecord | null): Promise<SiteRecord> =>
    sites[site].store.locked(async (session) => {
      const made = setupRecord({
        ...{ pair, site, ordinal: site === 'a' ? 1 : 2, setup: 'first', role, existing: null, peer },
        identity: identity[site],
        peerIdentity: identity[site === 'a' ? 'b' : 'a'],
      });
      if (isRefusal(made)) throw new Error(made.why);
      await session.create(made);
      await session.append({ kind: 'claim', number: made.claim.number, operation: made.claim.operation });
      return made;
    });
  await make('a', 'active', await make('b', 'standby', null));
}
