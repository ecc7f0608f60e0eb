import type { MigrationTask } from './api.ts';
import { defined, number, type Record_, text, time } from './fields.ts';

const FAILED = /^(fail(ed|ure)?|error|cancell?ed|aborted)$/i;

/**
 * A task's record in either version. Only `success` was ever seen as the word of a good end, so only it counts as one;
 * finished with any other word is failed, and unfinished with an unknown word still runs.
 */
export function migrationTask(from: Record_): MigrationTask {
  const status = text(from, 'status') ?? '';
  const finished = time(from, 'finishedDate', 'finished') !== undefined;
  const state = /^success$/i.test(status) ? 'success' : finished || FAILED.test(status) ? 'failed' : 'running';
  const result = text(from, 'result');
  const name = text(from, 'packageName') ?? text(from, 'packagePath');
  return defined({
    id: number(from, 'id') ?? -1,
    kind: /import|restore/i.test(text(from, 'type') ?? '') ? ('import' as const) : ('export' as const),
    package: name,
    started: time(from, 'startDate') ?? '',
    state,
    says: result === undefined || result === '' ? status : `${status}: ${result}`,
  }) as MigrationTask;
}
