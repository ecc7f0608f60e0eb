import type { Readable } from 'node:stream';
import type { Acting, Verb } from './facts.ts';
import type { Download } from './http.ts';

/**
 * What FME Flow can be asked, without regard to the version of its API. `v3.ts` and `v4.ts` say it in each version's words;
 * the probe chooses part by part, since one server serves some parts in the one and some in the other.
 * All of it fails as `http.ts` has it. Times are ISO 8601.
 */

export interface Licence {
  readonly valid: boolean;
  readonly expires: string;
  readonly engines: number;
}

export interface Engine {
  readonly name: string;
  readonly host: string;
  readonly queues: readonly string[];
  readonly build: number;
}

export interface SystemApi {
  health(signal: AbortSignal): Promise<{ readonly healthy: boolean; readonly says: string }>;
}

export interface LicenceApi {
  machineKey(signal: AbortSignal): Promise<string>;
  licence(signal: AbortSignal): Promise<Licence>;
  /** Asks the licence server anew; true when it was granted. */
  refresh(signal: AbortSignal): Promise<boolean>;
}

export interface EngineApi {
  engines(signal: AbortSignal): Promise<readonly Engine[]>;
}

/** A backup or restore in the application. */
export interface MigrationTask {
  readonly id: number;
  readonly kind: 'export' | 'import';
  /** File name of its package, where the server tells. */
  readonly package?: string;
  readonly started: string;
  readonly state: 'running' | 'success' | 'failed';
  /** The server's own words for state and result. */
  readonly says: string;
}

export interface MigrationApi {
  backupToResource(input: { resource: string; path: string }, signal: AbortSignal): Promise<number>;
  /** One long request. */
  backupDownload(name: string, signal: AbortSignal): Promise<Download>;
  restoreFromResource(input: { resource: string; path: string }, signal: AbortSignal): Promise<number>;
  /** In v3 one long request, in v4 it returns when the package is there. */
  restoreUpload(input: { name: string; stream: Readable; bytes: number }, signal: AbortSignal): Promise<number>;
  /** To the end of the list; fails with `Unavailable` when the list is not complete: claims and promotions rest on it. */
  tasks(signal: AbortSignal): Promise<readonly MigrationTask[]>;
  task(id: number, signal: AbortSignal): Promise<MigrationTask | undefined>;
  log(id: number, signal: AbortSignal): Promise<string>;
}

export interface SharedResource {
  readonly name: string;
  /** FILE, or one whose files are elsewhere. */
  readonly type: string;
  /** Whether its files are in a package, where the server tells. */
  readonly migratable?: boolean;
}

export interface SharedFile {
  readonly name: string;
  readonly folder: boolean;
  readonly bytes?: number;
  readonly changed?: string;
}

export interface ResourceApi {
  /** `complete` is false when the list ended early, or could not be had at all. */
  resources(signal: AbortSignal): Promise<{ readonly items: readonly SharedResource[]; readonly complete: boolean }>;
  /** What lies directly in a folder; undefined: there is no such folder. */
  list(resource: string, folder: string, signal: AbortSignal): Promise<readonly SharedFile[] | undefined>;
  upload(
    input: { resource: string; name: string; stream: Readable; bytes: number },
    signal: AbortSignal,
  ): Promise<void>;
  download(resource: string, path: string, signal: AbortSignal): Promise<Download>;
  /** True when there was something to delete. */
  remove(resource: string, path: string, signal: AbortSignal): Promise<boolean>;
}

/** Something that acts by itself. */
export interface ActingItem {
  readonly name: string;
  /** How its address names it. */
  readonly address: readonly string[];
  /** Undefined: the server has no such field, so it always acts. */
  readonly enabled?: boolean;
  /** The whole object, as read. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface ActingApi {
  /** In which version of the API this kind is asked for. */
  version(kind: Acting): 'v3' | 'v4';
  /** Undefined: the server does not know this kind. `complete` is false when the list ended early. */
  acting(
    kind: Acting,
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly ActingItem[]; readonly complete: boolean } | undefined>;
  /** Tries one way; true when the server took the request. What it did is read back by the caller. */
  set(kind: Acting, item: ActingItem, enabled: boolean, verb: Verb, signal: AbortSignal): Promise<boolean>;
}

/** What is needed to run a job again, as it was asked for. */
export interface JobRequest {
  readonly repository: string;
  readonly workspace: string;
  readonly parameters: readonly { readonly name: string; readonly value: unknown }[];
  readonly queue?: string;
  readonly description?: string;
  readonly successTopics?: readonly string[];
  readonly failureTopics?: readonly string[];
  readonly directives?: Readonly<Record<string, unknown>>;
  /** False: the server does not tell with which parameters a job was submitted. */
  readonly complete: boolean;
}

export interface Job {
  readonly id: number;
  readonly state: 'queued' | 'running' | 'success' | 'failed' | 'cancelled';
  readonly says: string;
  readonly submitted?: string;
  readonly engine?: string;
  readonly user?: string;
  readonly request: JobRequest;
  /** The whole record as text: where a key is looked for. */
  readonly text: string;
}

export interface JobApi {
  /** Jobs that run or wait, to the end of the list; fails with `Unavailable` when the list is not complete. */
  open(signal: AbortSignal): Promise<readonly Job[]>;
  /** Every job the server remembers, whatever its state. */
  all(signal: AbortSignal): Promise<readonly Job[]>;
  job(id: number, signal: AbortSignal): Promise<Job | undefined>;
  /** False when there is no such open job any more. */
  cancel(job: Job, signal: AbortSignal): Promise<boolean>;
  log(id: number, signal: AbortSignal): Promise<string>;
}

export interface SubmitApi {
  /** `key` is put where the job's record shows it again. */
  submit(request: JobRequest, key: string, signal: AbortSignal): Promise<number>;
}

/** Kinds of items that are compared between the sites, beside those that act. */
export const ITEM_KINDS = [
  'repositories',
  'workspaces',
  'connections',
  'subscriptions',
  'topics',
  'users',
  'roles',
  'tokens',
  'queues',
  'services',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

export interface Listed {
  /** Name → what matters of it, in the same words in both versions. */
  readonly items: readonly { readonly name: string; readonly matters: unknown; readonly raw: unknown }[];
  readonly complete: boolean;
}

export interface ItemApi {
  /** Undefined: the server does not offer this list. */
  items(kind: ItemKind, signal: AbortSignal): Promise<Listed | undefined>;
  /** One connection, read so far that its secret parts had to be decrypted. */
  connection(name: string, signal: AbortSignal): Promise<unknown>;
  remove(
    kind: ItemKind | Acting,
    item: { readonly name: string; readonly raw: unknown },
    signal: AbortSignal,
  ): Promise<void>;
}

export interface FlowApi {
  readonly system: SystemApi;
  readonly licence: LicenceApi;
  readonly engines: EngineApi;
  readonly migrations: MigrationApi;
  readonly resources: ResourceApi;
  readonly acting: ActingApi;
  readonly jobs: JobApi;
  readonly submit: SubmitApi;
  readonly items: ItemApi;
}
