import { licenceRequests } from './api/licence-request.ts';
import type { Route } from './http/router.ts';
import { type Site, servesV3 } from './site.ts';
import { automationsV3 } from './v3/automations.ts';
import { infoV3 } from './v3/info.ts';
import { jobsV3 } from './v3/jobs.ts';
import { migrationV3 } from './v3/migration.ts';
import { projectsV3 } from './v3/projects.ts';
import { repositoriesV3 } from './v3/repositories.ts';
import { resourcesV3 } from './v3/resources.ts';
import { schedulesV3 } from './v3/schedules.ts';
import { securityV3 } from './v3/security.ts';
import { automationsV4 } from './v4/automations.ts';
import { connectionsV4 } from './v4/connections.ts';
import { infoV4 } from './v4/info.ts';
import { jobsV4 } from './v4/jobs.ts';
import { migrationsV4 } from './v4/migrations.ts';
import { openApiV4 } from './v4/openapi.ts';
import { projectsV4 } from './v4/projects.ts';
import { repositoriesV4 } from './v4/repositories.ts';
import { resourcesV4 } from './v4/resources.ts';
import { schedulesV4 } from './v4/schedules.ts';
import { securityV4 } from './v4/security.ts';
import { webRoutes } from './web/pages.ts';

/** Everything a core of this build serves. */
export function allRoutes(site: Site): Route[] {
  const licence = licenceRequests(site);
  const v3 = [
    infoV3,
    migrationV3,
    resourcesV3,
    schedulesV3,
    automationsV3,
    jobsV3,
    repositoriesV3,
    securityV3,
    projectsV3,
    () => licence.v3,
  ]
    .flatMap((part) => part(site))
    .map((each): Route => ({ ...each, when: () => servesV3(site) && (each.when?.() ?? true) }));
  const v4 = [
    infoV4,
    migrationsV4,
    resourcesV4,
    schedulesV4,
    automationsV4,
    jobsV4,
    repositoriesV4,
    securityV4,
    connectionsV4,
    projectsV4,
    () => licence.v4,
  ].flatMap((part) => part(site));
  return [...webRoutes(site), ...v3, ...v4, ...openApiV4(site, v4)];
}
