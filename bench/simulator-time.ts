import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scene } from '../demo/scene.ts';
import { cpuOf } from './cpu.ts';

/** One way of one cycle, in milliseconds. */
export interface Timed {
  readonly ms: number;
  /** Of it the simulator's own work: its tasks, by their records. */
  readonly simulatorMs: number;
  /** The rest. */
  readonly own: number;
  /** Processor time of these processes and their children. */
  readonly cpuMs: number;
  readonly parts: Readonly<Record<string, number>>;
}

/** Times some work, and what both simulators' backups and restores took of it. */
export async function timed(
  scene: Scene,
  pids: readonly number[],
  work: () => Promise<Record<string, number>>,
): Promise<Timed> {
  const [tasks, cpu] = [await timeOfTasks(scene), cpuOf(pids)];
  const started = performance.now();
  const parts = await work();
  const ms = Math.round(performance.now() - started);
  const [simulatorMs, cpuMs] = [(await timeOfTasks(scene)) - tasks, cpuOf(pids) - cpu];
  return { ms, simulatorMs, own: ms - simulatorMs, cpuMs, parts };
}

/** Of all tasks of both sites that have ended. An end is on disk before anybody is told of it. */
async function timeOfTasks(scene: Scene): Promise<number> {
  let sum = 0;
  for (const site of ['dc1', 'dc2']) {
    const text = await readFile(join(scene.folder, site, 'machine', 'tasks.json'), 'utf8').catch(() => '[]');
    for (const { started, finished } of JSON.parse(text) as { started: string; finished?: string }[])
      if (finished !== undefined) sum += Date.parse(finished) - Date.parse(started);
  }
  return sum;
}
