import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../activities/config/load.ts';
import { planOf } from '../../activities/config/plan.ts';
import { createControlActivities } from '../../activities/control/activities.ts';
import { createSiteActivities } from '../../activities/site/activities.ts';
import { packageRoot } from '../../tools/package-root.ts';
import { controlDeps } from '../../worker/control.ts';
import { siteOf } from '../../worker/site.ts';
import { temporalSettings } from '../../worker/temporal-settings.ts';

/** Built from the complete example: nobody is called and nothing is written by that alone. */

let loaded: LoadedConfig;
let connection: Connection;

beforeAll(async () => {
  loaded = await loadConfig(join(packageRoot(), 'understudy.example.yaml'));
  connection = Connection.lazy({ address: '127.0.0.1:1' });
});
afterAll(() => connection.close());

const control = () =>
  controlDeps(loaded, { ...temporalSettings({}), namespace: 'dr', ui: 'http://ui' }, new Client({ connection }));

describe('a site', () => {
  const site = (name: string) => siteOf(loaded, name, 'restic');

  test('has every component and check of the configuration, and those of its fences that run there', () => {
    const { config } = loaded;
    for (const name of Object.keys(config.sites)) {
      const made = site(name);
      expect(Object.keys(made.components)).toEqual(Object.keys(config.components));
      expect(Object.keys(made.checks)).toEqual(config.checks.map((check) => check.name));
      expect(made.fences.every((fence) => fence.at === 'site')).toBe(true);
      expect(made.configDigest).toBe(loaded.digest);
      expect(made.freezeMax).toBe(config.freeze.max);
      const planned = planOf(loaded, {}).components.map(({ name: each, drain }) => [each, drain.limit]);
      expect(made.drainLimit).toEqual(Object.fromEntries(planned));
    }
  });

  test('knows its peer, and offers its activities', () => {
    const [first = '', second = ''] = Object.keys(loaded.config.sites);
    expect(site(first).peerSite).toBe(second);
    expect(site(second).peerSite).toBe(first);
    expect(createSiteActivities(site(first))).toHaveProperty('promote');
  });
});

describe('control', () => {
  test('has every redirect, and of each site the fences that run from here', () => {
    const made = control();
    expect(Object.keys(made.redirects)).toEqual(loaded.config.redirects.map((redirect) => redirect.name));
    for (const [site, fences] of Object.entries(made.plan.fences)) {
      const from = fences.filter((fence) => fence.at === 'control').map((fence) => fence.name);
      expect(made.fences[site]?.map((fence) => fence.name)).toEqual(from);
    }
    expect(createControlActivities(made)).toHaveProperty('loadPlan');
  });

  test('plans with what the connection turned out to be, and without a secret’s whereabouts', () => {
    const { plan } = control();
    expect(plan.digest).toBe(loaded.digest);
    expect(plan.namespace).toBe(loaded.config.temporal.namespace ?? 'dr');
    expect(JSON.stringify(plan)).not.toMatch(/"(env|file|command|password|token)":/);
  });
});
