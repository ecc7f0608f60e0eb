import { readdirSync, readFileSync } from 'node:fs';

/** Peak resident memory in megabytes (of 1,000,000 bytes): of one process, and of it with all that it started. */
export interface PeakMemory {
  readonly workerMb: number;
  readonly treeMb: number;
}

const EVERY_MS = 50;

/**
 * Watches a process and its descendants until `stop` (Linux: `/proc`). A process's own peak is what the kernel counted
 * (`VmHWM`), so none is missed between two looks; for the tree the peaks of those that live at the same time are added up,
 * which is never too little.
 */
export function watchMemory(pid: number): { stop(): PeakMemory } {
  let workerMb = 0;
  let treeMb = 0;
  const look = (): void => {
    const peaks = [...family(pid)].map((one) => peakOf(one));
    workerMb = Math.max(workerMb, peakOf(pid));
    treeMb = Math.max(
      treeMb,
      peaks.reduce((total, peak) => total + peak, 0),
    );
  };
  const timer = setInterval(look, EVERY_MS);
  look();
  return {
    stop() {
      look();
      clearInterval(timer);
      return { workerMb: Math.round(workerMb), treeMb: Math.round(treeMb) };
    },
  };
}

/** Of a process that lives, since it began. */
export function peakOf(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return (Number(kilobytes ?? 0) * 1024) / 1e6;
}

function family(root: number): ReadonlySet<number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = new Set([root]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return found;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
