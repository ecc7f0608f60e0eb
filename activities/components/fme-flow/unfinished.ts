import { join } from 'node:path';
import { readIfThere, replaceFile } from '../../durable-files.ts';
import type { MigrationTask } from './api.ts';
import type { Parts } from './context.ts';
import { coreSince, isToCome } from './started.ts';

/** Unfinished tasks as the server lists them, told apart. */
export interface Unfinished {
  readonly alive: readonly MigrationTask[];
  /** Listed for ever by a server that forgets what a restart of its core ended. */
  readonly orphaned: readonly MigrationTask[];
}

/**
 * A task ends with the core that ran it. Which start of the core a task was first seen under is noted, in the words of the
 * status command, and any other word later says that the task is dead; times of two clocks are never compared. The list is
 * read before the core is asked, so that no task is noted under an earlier start than its own: in doubt it lives. A note that
 * is lost only leaves a dead task to be waited for.
 */
export async function unfinishedTasks(parts: Parts, signal: AbortSignal): Promise<Unfinished> {
  const { migrations } = (await parts.flow(signal)).api;
  const listed = (await migrations.tasks(signal)).filter((task) => task.state === 'running');
  if (listed.length === 0) return { alive: [], orphaned: [] };
  const since = await coreSince(parts, signal);
  if (since === undefined || isToCome(since)) return { alive: listed, orphaned: [] };
  const path = join(parts.context.state, `tasks.${parts.context.name}.json`);
  const known = readNotes(path);
  const notes = Object.fromEntries(listed.map((task) => [keyOf(task), known[keyOf(task)] ?? since]));
  if (listed.some((task) => known[keyOf(task)] === undefined))
    await replaceFile(path, JSON.stringify(notes)).catch(() => undefined);
  const lives = (task: MigrationTask): boolean => notes[keyOf(task)] === since;
  return { alive: listed.filter(lives), orphaned: listed.filter((task) => !lives(task)) };
}

const keyOf = (task: MigrationTask): string => `${task.id} ${task.started}`;

type Notes = Readonly<Record<string, string>>;

function readNotes(path: string): Notes {
  try {
    return JSON.parse(readIfThere(path) ?? '{}');
  } catch {
    return {};
  }
}
