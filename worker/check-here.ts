import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { LoadedConfig } from '../activities/config/load.ts';
import { createControlActivities } from '../activities/control/activities.ts';
import { createSiteActivities } from '../activities/site/activities.ts';
import type { Finding } from '../model/finding.ts';
import type { SiteActivities } from '../model/site-activities.ts';
import { ensureRestic } from '../tools/programs.ts';
import { acrossSites } from '../workflows/across-sites.ts';
import { controlDeps, planFor } from './control.ts';
import { messages } from './log.ts';
import { siteOf } from './site.ts';
import type { TemporalSettings } from './temporal-settings.ts';

/**
 * What `check` finds, looked at from this process alone: no Temporal and no worker takes part. Changes nothing: before
 * `setup` there may be no state folder yet, and a site that is looked at from another machine gets none there.
 */
export async function checkHere(loaded: LoadedConfig, temporal: TemporalSettings): Promise<readonly Finding[]> {
  const { config } = loaded;
  const { pair } = config;
  const restic = await ensureRestic();
  const scratch = await mkdtemp(join(tmpdir(), 'understudy-check-'));
  const sites = Object.keys(config.sites).map(
    (site) => [site, createSiteActivities(siteOf(loaded, site, restic, join(scratch, site)))] as const,
  );
  const connection = Connection.lazy({ ...temporal.connection });
  try {
    const client = new Client({ connection, namespace: temporal.namespace });
    const control = createControlActivities(controlDeps(loaded, temporal, client));
    const [fromControl, seen, ...fromSites] = await Promise.all([
      run(() => control.checkControl({ pair })).catch(failed(undefined)),
      Promise.all(sites.map(([site, activities]) => observe(pair, site, activities))),
      ...sites.map(([site, activities]) => run(() => activities.check({ pair })).catch(failed(site))),
    ]);
    return [...fromControl, ...fromSites.flat(), ...acrossSites(planFor(loaded, temporal), seen)];
  } finally {
    await connection.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Activities ask their context for cancellation and heartbeats. */
const run = <T>(activity: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(activity);

const observe = (pair: string, site: string, activities: SiteActivities) =>
  run(() => activities.observe({ pair, deep: true })).catch((error) => ({ site, problem: messages(error) }));

const failed =
  (site: string | undefined) =>
  (error: unknown): readonly Finding[] => [
    { level: 'error', topic: 'check', says: messages(error), ...(site === undefined ? {} : { site }) },
  ];
