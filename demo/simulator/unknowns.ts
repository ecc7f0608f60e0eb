/**
 * What the public sources about FME Flow do not say, as switches: one row each, with the values that are thinkable and
 * the one assumed by default. A program that talks to a real server has to cope with every value here or refuse clearly.
 */
export interface Unknown<Value extends string> {
  /** Every value the switch can take; the first one is the default. */
  readonly values: readonly [Value, ...Value[]];
  /** What is unknown, in one sentence. */
  readonly question: string;
}

function unknown<const Value extends string>(question: string, ...values: [Value, ...Value[]]): Unknown<Value> {
  return { values, question };
}

/** The table. Adding a row adds a switch to settings, the admin endpoint and the README. */
export const UNKNOWNS = {
  v3FromBuild26100: unknown('Does a server of build 26100 or later still answer REST v3?', 'removed', 'served'),
  versionNeedsLogin: unknown('Does /fmeinfo/version need a login?', 'no', 'yes'),
  taskWordsV3: unknown('Words for the state of a migration task in v3.', 'upper', 'lower', 'other', 'mixed'),
  taskWordsV4: unknown('Words for the state of a migration task in v4.', 'lower', 'upper', 'other', 'mixed'),
  taskTypesV4: unknown('Words for the type of a migration task in v4.', 'upper', 'lower'),
  parallelTasks: unknown('What happens to a second migration task.', 'queue', 'parallel', 'refuse'),
  tasksAfterRestart: unknown('An unfinished migration task after the core was stopped.', 'failed', 'running', 'gone'),
  scheduleEnableV3: unknown(
    'How a schedule is enabled in v3: whole object with `enabled`; PUT …/enabled with the form value; not at all.',
    'put-object',
    'put-enabled',
    'none',
  ),
  scheduleEnableV4: unknown(
    'How a schedule is enabled in v4: PUT of the object; POST …/enable and …/disable; PATCH of the field; not at all.',
    'put-object',
    'post-verb',
    'patch',
    'none',
  ),
  automationEnableV3: unknown(
    'How an automation is enabled in v3: POST …/enable and …/disable; PUT of the object; POST …/start and …/stop; not at all.',
    'post-verb',
    'put-object',
    'post-start',
    'none',
  ),
  automationEnableV4: unknown(
    'How an automation is enabled in v4.',
    'post-verb',
    'put-object',
    'post-start',
    'patch',
    'none',
  ),
  streamEnable: unknown('How a stream is started in both versions.', 'post-start', 'put-object', 'none'),
  publicationEnable: unknown(
    'Can a publication be disabled: not at all, or by PUT of the object.',
    'none',
    'put-object',
  ),
  openApi: unknown(
    'Where v4 serves its OpenAPI document.',
    '/fmeapiv4/openapi.json',
    '/fmeapiv4/docs/openapi.json',
    'nowhere',
  ),
  zipOrder: unknown('Order of the entries in a package.', 'stable', 'shuffled'),
  zipTimes: unknown('Time of an entry: time of the backup, or of its last change.', 'stamped', 'kept'),
  packageCompression: unknown('Are the entries of a package deflated?', 'deflated', 'stored'),
  otherKey: unknown('Restore of connections encrypted with another key.', 'refused', 'unreadable'),
  unreadableConnection: unknown('What reading an unreadable connection answers.', 'error', 'looks-normal'),
  badPackageV4: unknown('v4 upload of a file that is no package.', 'task-fails', '500'),
  restoredState: unknown('State of schedules and automations after a restore.', 'as-in-backup', 'enabled', 'disabled'),
  updateReenables: unknown('Does UPDATE change the enabled state of items that exist?', 'yes', 'no'),
  securityOnOverwrite: unknown('Are existing users, roles and tokens updated by an overwrite?', 'never', 'updated'),
  afterRestore: unknown('Does the core restart by itself after a restore?', 'nothing', 'core-restarts'),
  licenceAfterRestore: unknown('Licence after a restore.', 'stays', 'lost'),
  jobHistoryInBackup: unknown('Is the job history in the package?', 'no', 'yes'),
  singleDownloadV4: unknown('Path of the v4 download of one file.', 'nowhere', 'download', 'contents'),
  infoFieldsV4: unknown('Does v4 `info` tell size and date of a file?', 'no', 'yes'),
  downloadZipCompression: unknown('Are the entries of a v4 downloadzip deflated?', 'deflated', 'stored'),
  rangeRequests: unknown('Are HTTP Range requests answered?', 'no', 'yes'),
  unhealthyV3: unknown('HTTP status of an unhealthy v3 health check.', '200', '503'),
  readinessNeedsEngines: unknown('Is a server without running engines "ready"?', 'yes', 'no'),
  jobDetailsV4: unknown('Does a v4 job tell its parameters, directives and topics?', 'hidden', 'shown'),
  jobDoneV4: unknown('Word for a job that succeeded in v4.', 'success', 'complete'),
} as const satisfies Record<string, Unknown<string>>;

/**
 * Paths that no public source names. They are chosen after their neighbours, so that there is something to talk to; a real
 * server may have them elsewhere or not at all.
 */
export const ASSUMED_PATHS = [
  'GET /fmerest/v3/streams',
  'GET /fmerest/v3/services',
  'GET /fmerest/v3/transformations/queues',
  'GET /fmerest/v3/tokens',
  'GET /fmerest/v3/security/accounts',
  'GET /fmerest/v3/security/roles',
  'POST /fmerest/v3/automations/workflows',
  'GET /fmeapiv4/schedules',
  'GET /fmeapiv4/automations',
  'GET /fmeapiv4/streams',
  'GET /fmeapiv4/notifications/publications',
  'GET /fmeapiv4/notifications/subscriptions',
  'GET /fmeapiv4/notifications/topics',
  'GET /fmeapiv4/services',
  'GET /fmeapiv4/queues',
  'GET /fmeapiv4/roles',
  'GET /fmeapiv4/tokens',
  'GET /fmeapiv4/resources/connections',
  'GET /fmeapiv4/jobs/{id}/log',
  'POST /fmeapiv4/repositories/{repository}/items',
] as const;

export type UnknownName = keyof typeof UNKNOWNS;

/** One chosen value per switch. */
export type Unknowns = { [Name in UnknownName]: (typeof UNKNOWNS)[Name]['values'][number] };

/** The documented defaults, changed by what is given; an unknown name or value is an error that lists the right ones. */
export function chooseUnknowns(chosen: Readonly<Record<string, string>> = {}): Unknowns {
  const result: Record<string, string> = {};
  for (const [name, row] of Object.entries(UNKNOWNS)) result[name] = row.values[0];
  for (const [name, value] of Object.entries(chosen)) {
    const row = (UNKNOWNS as Record<string, Unknown<string>>)[name];
    if (row === undefined) {
      throw new Error(`There is no switch "${name}"; there are ${Object.keys(UNKNOWNS).join(', ')}.`);
    }
    if (!row.values.includes(value)) {
      throw new Error(`The switch "${name}" cannot be "${value}"; it can be ${row.values.join(', ')}.`);
    }
    result[name] = value;
  }
  return result as Unknowns;
}

/** State of a migration task, in the simulator's own words. */
export type TaskState = 'submitted' | 'running' | 'success' | 'failed';

const TASK_WORDS: Record<'upper' | 'lower' | 'other' | 'mixed', Record<TaskState, string>> = {
  upper: { submitted: 'SUBMITTED', running: 'RUNNING', success: 'SUCCESS', failed: 'FAILED' },
  lower: { submitted: 'submitted', running: 'running', success: 'success', failed: 'failed' },
  other: { submitted: 'QUEUED', running: 'IN_PROGRESS', success: 'SUCCESS', failed: 'FAILURE' },
  mixed: { submitted: 'Pending', running: 'Importing', success: 'Success', failed: 'Error' },
};

/** The word a task's state has in an API version; only "success", in some case, was ever seen on a real server. */
export function taskWord(words: keyof typeof TASK_WORDS, state: TaskState): string {
  return TASK_WORDS[words][state];
}
