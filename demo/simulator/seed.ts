import { writeFileSync } from 'node:fs';
import { fileType } from './api/publish.ts';
import { stableId } from './api/version.ts';
import type { Basics } from './basics.ts';
import type { ResourceConnection, Token } from './state/items.ts';
import { makeParent } from './state/resource-files.ts';

const RESOURCES: readonly (readonly [name: string, display: string])[] = [
  ['FME_SHAREDRESOURCE_BACKUP', 'Backup'],
  ['FME_SHAREDRESOURCE_DASHBOARD', 'Dashboards'],
  ['FME_SHAREDRESOURCE_DATA', 'Data'],
  ['FME_SHAREDRESOURCE_ENGINE', 'Engine'],
  ['FME_SHAREDRESOURCE_LOG', 'Log'],
  ['FME_SHAREDRESOURCE_SYSTEM', 'System'],
  ['FME_SHAREDRESOURCE_TEMP', 'Temp'],
];
const STOCK: readonly (readonly [repository: string, workspaces: readonly string[]])[] = [
  ['Dashboards', ['AverageRunningTime.fmw']],
  ['Samples', ['austinApartments.fmw', 'austinDownload.fmw']],
  ['Utilities', ['backupConfiguration.fmw']],
];
const SERVICES = [
  'Data Download',
  'Data Streaming',
  'Data Upload',
  'Job Submitter',
  'KML Network Link',
  'Notification',
];
const TOPICS = ['MIGRATION_ASYNC_JOB_SUCCESS', 'MIGRATION_ASYNC_JOB_FAILURE', 'SAMPLE_TOPIC'];

/** Fills an installation at its first start with what an Express install brings. */
export function seed(site: Basics): void {
  const settings = site.settings();
  const { store } = site;
  const now = site.now().toISOString();
  const owner = settings.adminUser;
  for (const name of ['fmeadmin', 'fmeauthor', 'fmeguest', 'fmesuperuser', 'fmeuser']) {
    store.put('roles', { name, description: '', permissions: name === 'fmeadmin' ? ['all'] : [] });
  }
  const users = [
    { name: owner, password: settings.adminPassword, roles: ['fmeadmin', 'fmesuperuser'] },
    { name: 'author', password: 'author', roles: ['fmeauthor'] },
    { name: 'guest', password: 'guest', roles: ['fmeguest'] },
  ];
  for (const user of users) {
    const id = stableId('user', user.name);
    store.put('users', { ...user, id, fullName: user.name, email: '', enabled: true, type: 'SYSTEM' });
  }
  for (const [name, displayName] of RESOURCES) {
    const migratable = settings.migratable.includes(name);
    const resource: ResourceConnection = {
      name,
      displayName,
      description: '',
      type: 'FILE',
      migratable,
      parameters: {},
    };
    store.put('resources', resource);
    site.resources.makeFolder(name, '');
  }
  store.put('queues', { name: 'Default', description: 'Default queue', priority: 5, engines: 'all' });
  for (const displayName of SERVICES) {
    const name = `fme${displayName.toLowerCase().replaceAll(' ', '')}`;
    const url = `https://${settings.servicesHost ?? site.hostName()}/${name}`;
    store.put('services', { name, displayName, description: '', enabled: true, url });
  }
  for (const name of TOPICS) store.put('topics', { name, description: '' });
  for (const [name, workspaces] of STOCK) {
    const entries = workspaces.map((workspace) => {
      const content = `#! <WORKSPACE NAME="${workspace}">\n`;
      const path = site.repositories.locate(name, workspace);
      makeParent(path);
      writeFileSync(path, content);
      const file = {
        name: workspace,
        type: fileType(workspace),
        size: content.length,
        published: now,
        publishedBy: owner,
      };
      return [workspace, file] as const;
    });
    const description = `FME Server ${name} Repository`;
    store.put('repositories', { name, description, owner, sharable: true, files: Object.fromEntries(entries) });
  }
  // The stock schedules of an installation do nothing until someone gives them an interval.
  const idle = { interval: 0, intervalUnit: 'days', begin: '2024-01-01T00:00:00.000Z', queue: 'Default' } as const;
  for (const [category, name, repository, workspace] of [
    ['Dashboards', 'DashboardStatisticsGathering', 'Dashboards', 'AverageRunningTime.fmw'],
    ['Utilities', 'Backup_Configuration', 'Utilities', 'backupConfiguration.fmw'],
  ] as const) {
    store.put('schedules', {
      ...idle,
      id: stableId('schedule', category, name),
      category,
      name,
      description: '',
      enabled: category === 'Dashboards',
      owner,
      repository,
      workspace,
      publishedParameters: [],
    });
  }
}

/** Puts the tokens of the settings in place, at every start, so that a site can always be reached. */
export function seedTokens(site: Basics): void {
  const now = site.now();
  for (const given of site.settings().tokens) {
    const { secondsToExpiry, ...fields } = given;
    const present = site.store.get('tokens', `${given.user}/${given.name}`);
    if (present?.token === given.token) continue;
    const token: Token = {
      ...fields,
      description: '',
      type: 'USER',
      enabled: true,
      created: now.toISOString(),
      updated: now.toISOString(),
      expiration: new Date(now.getTime() + secondsToExpiry * 1000).toISOString(),
    };
    site.store.put('tokens', token);
  }
}
