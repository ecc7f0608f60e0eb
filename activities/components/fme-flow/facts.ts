import { ACTING_KINDS } from '../../../model/config/components.ts';

/**
 * Everything about FME Flow that no source confirms, in one place: what is assumed, and how the server itself is asked at
 * run time. `check` lists each of them with what was found.
 */

export interface Unknown {
  readonly question: string;
  /** What is done about it: how it is probed, or why it does not matter. */
  readonly probe: string;
}

const unknown = (question: string, probe: string): Unknown => ({ question, probe });

export const UNKNOWNS = {
  apis: unknown('Which of REST v3 and v4 does this server answer?', 'both are asked once, and again after an upgrade'),
  scheduleVerb: unknown('How is a schedule enabled and disabled?', 'the ways are tried and read back'),
  automationVerb: unknown('How is an automation enabled and disabled?', 'the ways are tried and read back'),
  streamVerb: unknown('How is a stream started and stopped?', 'the ways are tried and read back'),
  publicationVerb: unknown('Can a publication be disabled?', 'the ways are tried and read back'),
  openApi: unknown('Where does v4 serve its own description?', 'each known place is asked; it narrows what is tried'),
  singleDownload: unknown(
    'Is there a v4 download of one file?',
    'each known place is asked; else the file comes inside a zip',
  ),
  fileSizes: unknown('Do listings of a shared resource tell size and date?', 'read from the listing'),
  taskWords: unknown(
    'Which words has a migration task for running and failed?',
    '`success` alone is success; finished and anything else is failed; unfinished is running',
  ),
  uploadName: unknown(
    'Does an uploaded package keep its name in the task?',
    'looked for by name; else no unfinished import may be left before the next one is posted',
  ),
  parallelTasks: unknown(
    'What becomes of a second migration task?',
    'one is posted at a time, and a refused one is posted again later',
  ),
  startTime: unknown(
    'Where does the server tell when it started?',
    '`since` of the status command of the core, else of the engines; else a restart is not noticed',
  ),
  otherKey: unknown(
    'Does a package of another encryption key restore?',
    "the task's log is read; the canary connection is read after each restore",
  ),
  licenceAfterRestore: unknown(
    'Does the licence survive a restore?',
    'read before and after; refreshed if it was lost',
  ),
  restartAfterRestore: unknown('Does the core restart after a restore?', 'its health is waited for'),
  enabledAfterRestore: unknown(
    'Are schedules and automations enabled after a restore?',
    'all are held after each restore, whatever they were',
  ),
  enginesAtRestore: unknown(
    'Does a restore need running engines?',
    'each restore shows it: engines are stopped before it, and stay so until promotion; a server that needs them is refused',
  ),
  securityOnOverwrite: unknown(
    'Are existing users, roles and tokens updated by a restore?',
    'differences among them are expected and counted',
  ),
  jobHistory: unknown(
    'Is the job history in a package?',
    'a job that is run again is known by a key of its own, never by its number',
  ),
  jobDetails: unknown(
    'Does a job tell the parameters that it was submitted with?',
    'read from its record, else from its request; without them it is not cancelled before a person was asked',
  ),
  jobKey: unknown('Where does a job show the text that it was submitted with?', 'looked for in the whole record'),
} as const satisfies Readonly<Record<string, Unknown>>;

export type UnknownName = keyof typeof UNKNOWNS;

/** What the probes of one server found, by fact. */
export interface Found {
  note(name: UnknownName, found: string): void;
  forget(name: UnknownName): void;
  get(name: UnknownName): string | undefined;
  all(): ReadonlyMap<UnknownName, string>;
}

export function createFound(): Found {
  const found = new Map<UnknownName, string>();
  return {
    note: (name, value) => void found.set(name, value),
    forget: (name) => void found.delete(name),
    get: (name) => found.get(name),
    all: () => found,
  };
}

/** Kinds of things that act by themselves. */
export const ACTING = ACTING_KINDS;
export type Acting = (typeof ACTING)[number];

/**
 * Ways to enable and disable one item: the whole object with its field put back, the field alone, or a word of its own.
 * In the order in which they are tried: the ones that can change nothing else come first.
 */
export const VERBS = {
  'post-verb': { method: 'POST', on: 'enable', off: 'disable' },
  'post-start': { method: 'POST', on: 'start', off: 'stop' },
  'put-enabled': { method: 'PUT', on: 'enabled', off: 'enabled' },
  patch: { method: 'PATCH', on: '', off: '' },
  'put-object': { method: 'PUT', on: '', off: '' },
} as const;
export type Verb = keyof typeof VERBS;

/** Which ways are thinkable for which kind. `put-enabled` was REST v2's for schedules. */
export const CANDIDATES: Readonly<Record<'v3' | 'v4', Readonly<Record<Acting, readonly Verb[]>>>> = {
  v3: {
    schedules: ['post-verb', 'put-enabled', 'put-object'],
    automations: ['post-verb', 'post-start', 'put-object'],
    streams: ['post-start', 'post-verb', 'put-object'],
    publications: ['post-verb', 'put-object'],
  },
  v4: {
    schedules: ['post-verb', 'patch', 'put-object'],
    automations: ['post-verb', 'post-start', 'patch', 'put-object'],
    streams: ['post-start', 'post-verb', 'patch', 'put-object'],
    publications: ['post-verb', 'patch', 'put-object'],
  },
};

export const VERB_FACT: Readonly<Record<Acting, UnknownName>> = {
  schedules: 'scheduleVerb',
  automations: 'automationVerb',
  streams: 'streamVerb',
  publications: 'publicationVerb',
};

/** Where v4 may describe itself. */
export const OPEN_API = [
  '/fmeapiv4/openapi.json',
  '/fmeapiv4/docs/openapi.json',
  '/fmeapiv4/v3/api-docs',
  '/fmeapiv4/api-docs',
];

/** Where v4 may give one file, after the resource's own path. */
export const SINGLE_DOWNLOAD = ['download', 'contents'] as const;

/** Builds from which Safe's own client uses v4 for a part of the API; the others are asked for. */
export const V4_FROM = {
  repositories: 22_337,
  health: 23_139,
  licence: 23_319,
  migrations: 25_208,
  engines: 25_208,
  jobs: 25_208,
  tokens: 25_208,
  submit: 26_018,
} as const;

/** A task that failed because of these words in its log will fail again: a person has to act. */
export const FINAL_WORDS = {
  key: /encrypt(ed|ion)|another (system )?key|\bkey\b.*(differ|match|wrong)/i,
  older: /newer than|older (version|build)|not supported by this version|later version/i,
  space: /no space|disk.*full|not enough space/i,
  damaged: /not a valid (backup|package|zip)|is no (package|zip)|corrupt|damaged|unexpected end of (file|archive)/i,
  engines: /needs? a running engine|no engines? (is|are)? ?(running|available)/i,
} as const;
