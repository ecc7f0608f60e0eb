import type { Basics } from './basics.ts';
import type { Migration } from './migration/migration.ts';
import type { Actors } from './work/actors.ts';
import type { Engines } from './work/engines.ts';
import type { Jobs } from './work/jobs.ts';

/** A running core, as the HTTP routes see it. */
export interface Site extends Basics {
  readonly jobs: Jobs;
  readonly engines: Engines;
  readonly actors: Actors;
  readonly migration: Migration;
  enginesRun(): boolean;
}

/** True for builds that serve REST v3. */
export function servesV3(site: Basics): boolean {
  return site.build < 26100 || site.unknowns().v3FromBuild26100 === 'served';
}

/** Builds from which Safe's command line client uses each part of v4; earlier ones answer 404 here. */
export const V4_FROM: Readonly<Record<string, number>> = {
  repositories: 22337,
  cancel: 22337,
  healthcheck: 23139,
  license: 23319,
  projects: 23283,
  connections: 22337,
  tokens: 25208,
  accounts: 25208,
  engines: 25208,
  jobs: 25208,
  migrations: 25208,
  resources: 25208,
  schedules: 25208,
  automations: 25208,
  notifications: 25208,
  streams: 25208,
  services: 25208,
  queues: 25208,
  webhooks: 25208,
  submit: 26018,
};

/** A condition for routes of a part of v4. */
export function v4From(site: Basics, part: keyof typeof V4_FROM | string): () => boolean {
  return () => site.build >= (site.settings().v4From[part] ?? V4_FROM[part] ?? 0);
}
