import type { Work } from '../component.ts';
import type { Parts } from './context.ts';
import { isOldMark } from './marks.ts';
import { isOwnPackage } from './names.ts';
import { baseName } from './tasks.ts';

/**
 * Deletes our own packages from the shared resource, also those of runs that crashed, and marks that are long over. Known
 * by their names alone; what an unfinished task still needs, and everything else, is left. Safe to repeat.
 */
export async function clean(parts: Parts, work: Work): Promise<void> {
  const { api } = await parts.flow(work.signal);
  const { resource } = parts.config;
  const files = (await api.resources.list(resource, '', work.signal)) ?? [];
  const ours = files.filter((file) => !file.folder && (isOwnPackage(file.name) || isOldMark(file.name, Date.now())));
  if (ours.length === 0) return;
  const tasks = await api.migrations.tasks(work.signal);
  const needed = new Set(tasks.filter((task) => task.state === 'running').map((task) => baseName(task.package)));
  for (const file of ours) if (!needed.has(file.name)) await api.resources.remove(resource, file.name, work.signal);
}
