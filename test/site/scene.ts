import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type NativeConnection } from '@temporalio/worker';
import { createInstantPair, type InstantPair, type InstantPairOptions } from '../../bench/instant-pair.ts';
import type { SiteRecord } from '../../model/record.ts';
import type { SiteActivities } from '../../model/site-activities.ts';
import { establishRecords } from './establish-records.ts';

const PAIR = 'orders';
type Options = Partial<Omit<InstantPairOptions, 'name' | 'client' | 'connection' | 'workflows'>>;

/** Two sites without any Temporal: what their workers do with a command, and what their guards do by themselves. */
export interface Sites extends InstantPair {
  /** Carries an activity out as a worker does. */
  call<K extends keyof SiteActivities>(
    site: 'a' | 'b',
    name: K,
    input: Parameters<SiteActivities[K]>[0],
  ): Promise<Awaited<ReturnType<SiteActivities[K]>>>;
  record(site: 'a' | 'b'): Promise<SiteRecord>;
  /** Makes the site's record say something else, as if it had lived on. */
  pretend(site: 'a' | 'b', change: Partial<SiteRecord>): Promise<void>;
}

/** Site a active, site b standby, both records made; `established: false` leaves them out. */
export async function createSites(options: Options & { readonly established?: boolean } = {}): Promise<Sites> {
  const pair = await createInstantPair({
    name: PAIR,
    client: { options: { namespace: 'default' } } as Client,
    connection: undefined as unknown as NativeConnection,
    workflows: {},
    ...options,
  });
  if (options.established !== false) await establishRecords(pair, PAIR);

  return {
    ...pair,
    call: (site, name, input) =>
      new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
        pair.activities[site][name] as never,
        input,
      ) as never,
    async record(site) {
      const { record } = await pair.sites[site].store.peek();
      if (!record) throw new Error(`${site} has no record`);
      return record;
    },
    pretend: (site, change) =>
      pair.sites[site].store.locked(async (session) => {
        const { record, facts } = session.state();
        await session.apply({ record: { ...record, ...change }, facts });
      }),
  };
}
