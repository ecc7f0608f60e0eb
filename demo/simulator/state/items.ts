/** What a site holds, by kind and name: the kinds that travel in a backup. */

export interface Repository {
  name: string;
  description: string;
  owner: string;
  sharable: boolean;
  /** The files in it; their bytes lie in the site's folder. */
  files: Record<string, RepositoryFile>;
}

export interface RepositoryFile {
  name: string;
  type: 'WORKSPACE' | 'CUSTOMTRANSFORMER' | 'CUSTOMFORMAT' | 'TEMPLATE' | 'RESOURCE';
  size: number;
  published: string;
  publishedBy: string;
}

export interface PublishedParameter {
  name: string;
  value: string | string[];
}

/** What is to be run: shared by schedules, automations, subscriptions and streams. */
export interface RunRequest {
  repository: string;
  workspace: string;
  publishedParameters: PublishedParameter[];
  queue: string;
}

export type IntervalUnit = 'milliseconds' | 'seconds' | 'minutes' | 'hours' | 'days';

export interface Repeating {
  /** 0 is never: the thing acts only when something else triggers it. */
  interval: number;
  intervalUnit: IntervalUnit;
  /** Anchor of the grid of fire times, UTC. */
  begin: string;
}

export interface Schedule extends Repeating, RunRequest {
  id: string;
  category: string;
  name: string;
  description: string;
  enabled: boolean;
  owner: string;
}

export interface Automation extends Repeating, RunRequest {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  owner: string;
  tags: string[];
  /** Ids of its webhook triggers. */
  webhooks: string[];
}

export interface Stream extends Repeating, RunRequest {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  owner: string;
}

/** A publication receives messages from outside, or makes them by itself (`interval` above 0), and passes them to topics. */
export interface Publication extends Repeating {
  name: string;
  description: string;
  publisher: string;
  topics: string[];
  enabled: boolean;
  properties: Record<string, string>;
}

export interface Subscription {
  name: string;
  description: string;
  subscriber: string;
  topics: string[];
  properties: Record<string, string>;
  /** What an `fmeworkspace` subscriber runs. */
  run?: RunRequest;
}

export interface Topic {
  name: string;
  description: string;
}

export interface User {
  id: string;
  name: string;
  fullName: string;
  email: string;
  enabled: boolean;
  type: string;
  password: string;
  roles: string[];
}

export interface Role {
  name: string;
  description: string;
  permissions: string[];
}

export interface Token {
  name: string;
  user: string;
  description: string;
  type: string;
  enabled: boolean;
  restricted: boolean;
  created: string;
  updated: string;
  expiration: string;
  token: string;
}

export interface Queue {
  name: string;
  description: string;
  priority: number;
  /** Names of the engines that serve it, or every engine. */
  engines: 'all' | string[];
}

export interface Connection {
  name: string;
  category: string;
  type: string;
  owner: string;
  shareable: boolean;
  parameters: Record<string, unknown>;
  /** User name and password, sealed with the system key of the site. */
  sealed: string;
}

export interface FlowService {
  name: string;
  displayName: string;
  description: string;
  enabled: boolean;
  url: string;
}

export interface ResourceConnection {
  name: string;
  displayName: string;
  description: string;
  type: 'FILE' | 'UNC' | 'AMAZON_S3';
  migratable: boolean;
  parameters: Record<string, string>;
}

export interface Project {
  id: string;
  name: string;
  description: string;
  version: string;
  owner: string;
  items: { kind: string; key: string }[];
}

export interface NamedItem {
  name: string;
  [field: string]: unknown;
}

export interface ItemMap {
  repositories: Repository;
  schedules: Schedule;
  automations: Automation;
  streams: Stream;
  publications: Publication;
  subscriptions: Subscription;
  topics: Topic;
  users: User;
  roles: Role;
  tokens: Token;
  queues: Queue;
  connections: Connection;
  services: FlowService;
  resources: ResourceConnection;
  projects: Project;
  apps: NamedItem;
  deploymentParameters: NamedItem;
  directoryServers: NamedItem;
}

export type Kind = keyof ItemMap;

/** Order in which a package is written and applied: what others refer to comes first. */
export const KINDS: readonly Kind[] = [
  'roles',
  'users',
  'directoryServers',
  'tokens',
  'resources',
  'queues',
  'services',
  'connections',
  'deploymentParameters',
  'repositories',
  'topics',
  'publications',
  'subscriptions',
  'schedules',
  'automations',
  'streams',
  'apps',
  'projects',
];

/** The name by which a restore merges: a schedule is named by category and name, a token by user and name. */
export function keyOf<K extends Kind>(kind: K, item: ItemMap[K]): string {
  if (kind === 'schedules') return scheduleKey(item as Schedule);
  if (kind === 'tokens') return tokenKey(item as Token);
  return (item as { name: string }).name;
}

export function scheduleKey(schedule: { category: string; name: string }): string {
  return `${schedule.category}/${schedule.name}`;
}

export function tokenKey(token: { user: string; name: string }): string {
  return `${token.user}/${token.name}`;
}
