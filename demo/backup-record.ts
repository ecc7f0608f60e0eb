import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from './simulator/migration/task.ts';

/**
 * When the last whole backup that a site finished had begun, in milliseconds, as the application's own record of its tasks
 * has it: Understudy neither writes nor dates it. `state`: the folder of the simulated machine.
 */
export async function lastBackupBegan(state: string): Promise<number> {
  const tasks = JSON.parse(await readFile(join(state, 'tasks.json'), 'utf8')) as readonly Task[];
  const starts = tasks
    .filter((task) => task.type === 'EXPORT' && task.contentType === 'SYSTEM' && task.state === 'success')
    .map((task) => Date.parse(task.started));
  return starts.length === 0 ? Number.NaN : Math.max(...starts);
}
