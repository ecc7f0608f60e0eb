import { setTimeout as delay } from 'node:timers/promises';
import { failure } from '../../failure.ts';
import type { Work } from '../component.ts';
import type { MigrationTask } from './api.ts';
import type { Parts } from './context.ts';
import { FINAL_WORDS } from './facts.ts';
import { hasStatus, isPassing, isUncertain, problemOf } from './problem.ts';
import { unfinishedTasks } from './unfinished.ts';
import { createPauses, until } from './waiting.ts';

/** How a posted task is found again when the answer to its post was lost. */
export interface Posting {
  readonly kind: MigrationTask['kind'];
  /** Unique name of its package. */
  readonly name: string;
  /** False: the server does not keep the name, so any new task of the kind is taken for it. */
  readonly named: boolean;
  post(): Promise<number>;
}

const POSTS = 3;
/** So often is a post refused as busy while nothing is listed as running; the pauses between grow. */
const REFUSALS = 5;
/** Longest pauses between looks at the process behind a task. */
const SUSPICION = 10;
/** Each pause is about a twentieth of what was waited for: the end of a task is noticed soon beside what it took. */
const GROWTH = 1.05;

/**
 * Posts a task once. After an answer that leaves it open whether the server took it, the task is looked for by its unique
 * name before it is posted again. A server that takes one task at a time is waited for; one that goes on refusing with nothing
 * running is not asked for ever, since each post may carry the package: `NotYet`. Returns the task's number.
 */
export async function postTask(parts: Parts, work: Work, posting: Posting): Promise<number> {
  const flow = await parts.flow(work.signal);
  const { migrations } = flow.api;
  const before = Math.max(0, ...(await migrations.tasks(work.signal)).map((task) => task.id));
  let refusals = 0;
  let uncertain = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await posting.post();
    } catch (error) {
      if (hasStatus(error, 409, 423)) {
        refusals = (await othersEnded(parts, work)) ? 1 : refusals + 1;
        if (refusals === 1) parts.found.note('parallelTasks', 'refused while another one runs');
        if (refusals >= REFUSALS) throw refusedForEver(parts, posting, error, uncertain);
        await delay(refusals * parts.limits.poll, undefined, { signal: work.signal });
        continue;
      }
      if (!isUncertain(error)) throw error;
      uncertain = true;
      work.progress({ what: `looking whether ${posting.name} was accepted` });
      const found = await until(
        async () => {
          const tasks = await migrations.tasks(work.signal).catch(passing);
          return tasks?.find((task) => task.kind === posting.kind && task.id > before && isIt(task, posting));
        },
        { limit: parts.limits.appear, poll: parts.limits.poll, signal: work.signal },
      );
      if (found) return found.id;
      if (attempt >= POSTS) throw error;
    }
  }
}

/** What an earlier post without an answer came to stays open: then this is no proof that nothing was accepted. */
function refusedForEver(parts: Parts, posting: Posting, error: unknown, uncertain: boolean): Error {
  const problem = problemOf(error);
  const said = problem?.said ? ` ("${problem.said}")` : '';
  const what = posting.kind === 'import' ? 'restore' : 'backup';
  return failure(
    'NotYet',
    `${parts.http.url} answered the ${what} ${posting.name} ${REFUSALS} times with ${problem?.status}${said}, although it lists no other backup or restore as running. ` +
      'Look at its page Backup & Restore, at whether the package or a project is locked, and at proxies on the way; then retry',
    error,
    problem && { ...problem, uncertain },
  );
}

const isIt = (task: MigrationTask, posting: Posting): boolean =>
  posting.named ? baseName(task.package) === posting.name : true;

export const baseName = (path: string | undefined): string | undefined => path?.replace(/^.*[/\\]/, '');

/** Undefined for a failure that may pass; any other is thrown. */
export function passing(error: unknown): undefined {
  if (!isPassing(error)) throw error;
}

/** Waits until nothing is listed as running. True: something was. */
async function othersEnded(parts: Parts, work: Work): Promise<boolean> {
  const flow = await parts.flow(work.signal);
  let ran = false;
  const done = await until(
    async () => {
      const running = (await flow.api.migrations.tasks(work.signal)).filter((task) => task.state === 'running');
      if (running.length === 0) return true;
      ran = true;
      work.progress({ what: `waiting for ${running.map((task) => task.package ?? task.id).join(', ')}` });
      return undefined;
    },
    { limit: parts.limits.task, poll: parts.limits.poll, signal: work.signal },
  );
  if (!done)
    throw failure(
      'NotYet',
      `another backup or restore runs in ${parts.http.url} and does not end. Look at its history`,
    );
  return ran;
}

/**
 * Waits for the end of a task. An unknown number is taken for one that is not listed yet; one that was listed and is not
 * any more, or whose core was started anew, is dead. Fails with `NotYet` when the limit is over: what became of
 * the task is then unknown, not failed.
 */
export async function awaitTask(parts: Parts, work: Work, id: number): Promise<MigrationTask> {
  const { migrations } = (await parts.flow(work.signal)).api;
  const pause = createPauses(parts.limits.poll, work.signal, GROWTH);
  const end = Date.now() + parts.limits.task;
  let last: MigrationTask | undefined;
  let silent: number | undefined;
  let looked = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      // Asking costs a process: at first, now and then, and after a silence, when it may have been restarted.
      const suspicious = Date.now() - looked > SUSPICION * parts.limits.poll || silent !== undefined;
      const task = await migrations.task(id, work.signal);
      silent = undefined;
      if (task === undefined && last !== undefined)
        return dead(last, 'the server does not know it any more: it was restarted');
      if (task !== undefined) {
        if (task.state !== 'running') {
          parts.found.note('taskWords', `ended as "${task.says}"`);
          return task;
        }
        last = task;
        if (suspicious) {
          looked = Date.now();
          const { orphaned } = await unfinishedTasks(parts, work.signal);
          if (orphaned.some((each) => each.id === id)) return dead(task, 'the core was started anew since');
        }
        work.progress({ what: `${task.kind} ${task.package ?? id} in the application: ${task.says}` });
      }
    } catch (error) {
      silent ??= Date.now();
      if (!isPassing(error) || Date.now() - silent > parts.limits.restart) throw error;
      work.progress({ what: `task ${id}: the application does not answer` });
    }
    if (Date.now() > end)
      throw failure(
        'NotYet',
        `task ${id} (${last?.package ?? 'not listed'}) of ${parts.http.url} has had no end for ${Math.round(parts.limits.task / 60_000)} minutes; ` +
          `it last said "${last?.says ?? 'nothing'}". It may still run: wait for it, or stop the application's core` +
          (last?.kind === 'import'
            ? '. A server that only restores while its engines run cannot be a standby: that must not run engines'
            : ''),
      );
    await pause();
  }
}

const dead = (task: MigrationTask, why: string): MigrationTask => ({
  ...task,
  state: 'failed',
  says: `${task.says}; ${why}`,
});

/** The failure for a task that ended badly, with the last lines of its log and what to do. */
export async function taskFailure(parts: Parts, task: MigrationTask, signal: AbortSignal): Promise<Error> {
  const { migrations } = (await parts.flow(signal)).api;
  const log = await migrations.log(task.id, signal).catch(() => '');
  const errors = log.split('\n').filter((line) => /\b(ERROR|FATAL)\b/.test(line));
  const lines = errors.slice(-5).map((line) => line.trim());
  const words = [task.says, ...lines].join('\n');
  const what = `${task.kind} ${task.package ?? task.id} failed in ${parts.http.url}: ${words}`;
  if (FINAL_WORDS.space.test(words)) return failure('NoSpace', `${what}\nMake room on its system share, and retry`);
  if (FINAL_WORDS.key.test(words)) {
    parts.found.note('otherKey', 'refused');
    return failure(
      'Refused',
      `${what}\nThe two sites have different encryption keys. Download the key at the active (System Configuration, Encryption), upload it at ${parts.context.site}, and retry`,
    );
  }
  if (FINAL_WORDS.older.test(words))
    return failure(
      'Refused',
      `${what}\n${parts.context.site} is older than the active: a package only restores into the same or a newer build. Upgrade it`,
    );
  if (FINAL_WORDS.damaged.test(words))
    return failure('Damaged', `${what}\nThe package is damaged, or was made by another product; choose another point`);
  if (FINAL_WORDS.engines.test(words)) {
    parts.found.note('enginesAtRestore', 'needed: refused');
    return failure(
      'Refused',
      `${what}\nThis server restores only with running engines, which a standby must not have: what a restore brings would act at both sites`,
    );
  }
  return failure('Unavailable', what);
}

/** Unfinished imports, whoever posted them; those that cannot run any more are left out. */
export async function unfinishedImports(parts: Parts, signal: AbortSignal): Promise<readonly MigrationTask[]> {
  return (await unfinishedTasks(parts, signal)).alive.filter((task) => task.kind === 'import');
}
