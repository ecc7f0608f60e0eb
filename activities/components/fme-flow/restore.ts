import { Readable } from 'node:stream';
import { failure, failureType } from '../../failure.ts';
import type { Work } from '../component.ts';
import { requireCanary } from './canary.ts';
import type { Parts } from './context.ts';
import { FINAL_WORDS } from './facts.ts';
import { holdAll, holdOrRefuse } from './hold.ts';
import { refreshLostLicence } from './licence-kept.ts';
import { attemptOf, packageName } from './names.ts';
import { hasStatus, isUncertain, problemOf } from './problem.ts';
import { ensureCore, quietEngines } from './quiet.ts';
import { awaitTask, baseName, postTask, taskFailure, unfinishedImports } from './tasks.ts';
import { persist, until } from './waiting.ts';

export interface RestoreInput {
  readonly stream: () => Promise<Readable>;
  readonly bytes: number;
}

/**
 * Restores a package into a quiet standby, overwriting items of the same name. The intent is journaled before the task is
 * posted; an attempt after a crash adopts the task that still runs, or the one that succeeded. Whatever comes of it, what
 * acts by itself is held again before this returns: a restore brings it back enabled.
 */
export async function restore(parts: Parts, work: Work, input: RestoreInput): Promise<void> {
  await ensureCore(parts, work.signal);
  await quietEngines(parts, work);
  const { licence } = (await parts.flow(work.signal)).api;
  const licensed = (await licence.licence(work.signal)).valid;
  const patience = { limit: parts.limits.restart, poll: parts.limits.poll, signal: work.signal };
  try {
    if (!(await settleEarlier(parts, work))) await restoreAnew(parts, work, input);
  } catch (error) {
    // Half of a restore may have brought schedules back: held as well as it goes, under the first failure.
    if (!work.signal.aborted) await persist(() => holdAll(parts, work.signal), patience).catch(() => undefined);
    throw error;
  }
  work.progress({ what: 'holding what the restore brought back' });
  const { found } = await persist(() => holdOrRefuse(parts, work.signal), patience);
  parts.found.note('enabledAfterRestore', found > 0 ? `yes: ${found} were` : 'none was');
  await persist(() => refreshLostLicence(parts, work, licensed), patience);
  await persist(() => requireCanary(parts, work.signal), patience);
}

/** Settles what earlier attempts posted. True: one of this very step succeeded, and nothing is left to be done. */
async function settleEarlier(parts: Parts, work: Work): Promise<boolean> {
  const { migrations } = (await parts.flow(work.signal)).api;
  let done = false;
  for (const name of work.openTasks) {
    work.progress({ what: `looking for ${name}, which an earlier attempt posted` });
    const task = await until(
      async () =>
        (await migrations.tasks(work.signal)).find((each) => isImport(each) && baseName(each.package) === name),
      { limit: parts.limits.appear, poll: parts.limits.poll, signal: work.signal },
    );
    if (task === undefined) {
      // Never accepted, or not kept by name: nothing of it may run on before anything new is posted.
      await noImports(parts, work);
      await work.taskEnded(name, 'not known to the application, which has no unfinished import');
      continue;
    }
    const ended = await awaitTask(parts, work, task.id);
    await work.taskEnded(name, `${ended.state}: ${ended.says}`);
    if (ended.state === 'success' && attemptOf(work.key, name) !== undefined) done = true;
  }
  await noImports(parts, work);
  return done;
}

const isImport = (task: { readonly kind: string }): boolean => task.kind === 'import';

/** Waits until the application has no unfinished import, whoever posted it. */
async function noImports(parts: Parts, work: Work): Promise<void> {
  for (const task of await unfinishedImports(parts, work.signal)) await awaitTask(parts, work, task.id);
}

async function restoreAnew(parts: Parts, work: Work, input: RestoreInput): Promise<void> {
  const { api } = await parts.flow(work.signal);
  const names = [...(await api.migrations.tasks(work.signal)).map((task) => task.package), ...work.openTasks];
  const attempt = 1 + Math.max(0, ...names.map((name) => attemptOf(work.key, name) ?? 0));
  const name = packageName(work.key, attempt);
  const { resource } = parts.config;
  const through = parts.config.transfer === 'resource';
  if (through) {
    await withPackage(work, input, (stream) =>
      api.resources.upload({ resource, name, stream, bytes: input.bytes }, work.signal),
    );
  }
  await work.intendTask(name);
  let id: number;
  try {
    id = await postTask(parts, work, {
      kind: 'import',
      name,
      named: through || parts.found.get('uploadName') === 'kept',
      post: () =>
        through
          ? api.migrations.restoreFromResource({ resource, path: name }, work.signal)
          : withPackage(work, input, (stream) =>
              api.migrations.restoreUpload({ name, stream, bytes: input.bytes }, work.signal),
            ),
    });
  } catch (error) {
    // A clear refusal is a known end; anything else stays open, and the next attempt looks for it.
    if (!isUncertain(error) && problemOf(error) !== undefined) await work.taskEnded(name, 'not accepted');
    throw badPackage(error, parts);
  }
  const task = await awaitTask(parts, work, id);
  if (!through) parts.found.note('uploadName', baseName(task.package) === name ? 'kept' : 'not kept');
  await work.taskEnded(name, `${task.state}: ${task.says}`);
  if (through) await api.resources.remove(resource, name, work.signal).catch(() => undefined);
  if (task.state !== 'success') throw await taskFailure(parts, task, work.signal);
  parts.found.note('enginesAtRestore', 'not needed');
}

/** Opens the package, tells how far it is, and closes it again whatever becomes of its use. */
async function withPackage<T>(work: Work, input: RestoreInput, use: (stream: Readable) => Promise<T>): Promise<T> {
  const source = await input.stream();
  async function* counted(): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      work.progress({ what: 'package', bytes, total: input.bytes });
      yield chunk;
    }
  }
  const stream = Readable.from(counted(), { objectMode: false });
  try {
    return await use(stream);
  } finally {
    stream.destroy();
    source.destroy();
  }
}

/** v3 answers 500 to a file that is no package. */
function badPackage(error: unknown, parts: Parts): unknown {
  const said = problemOf(error)?.said ?? '';
  if (failureType(error) !== 'Unavailable' || !hasStatus(error, 500) || !FINAL_WORDS.damaged.test(said)) return error;
  return failure(
    'Damaged',
    `${parts.http.url} does not take the file for a package: "${said}". The recovery point is damaged, or was made by another product; choose another point`,
    error,
  );
}
