import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/**
 * Processor time in milliseconds that these processes, and their children that have ended, have used so far. On a machine
 * that others use as well it says more than the time that passed. NaN where the system does not tell (`/proc`).
 */
export function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + timeOf(pid), 0);
}

function timeOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // User and system time, of the process and of its children.
    return TICK_MS * fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0);
  } catch {
    return Number.NaN;
  }
}
