import { loadavg } from 'node:os';
import { median } from './orchestration.ts';
import { changedBetween, sizeOf } from './package-directory.ts';
import type { Timed } from './simulator-time.ts';
import { type Cycle, playCycles } from './sync-scene.ts';

/** A sync beside the script: the script's time is 1. Times in milliseconds, medians; where there are two, the sync's first. */
export interface Compared {
  /** Without the time that the simulator worked itself; `ratioWhole` is with it. */
  readonly ratio: number;
  readonly ratioWhole: number;
  readonly syncMs: number;
  readonly scriptMs: number;
  /** What the simulator's own tasks took in each of the two. No delays are added to them. */
  readonly simulatorMs: readonly [number, number];
  /** Processor time of everything but the simulator: on a machine that others use too it says more than the time. */
  readonly cpuMs: readonly [number, number];
  /** Of the first run: the sync's activities, the script's steps, each with the simulator's time in it. */
  readonly syncParts: Readonly<Record<string, number>>;
  readonly scriptParts: Readonly<Record<string, number>>;
}

/** What `npm run bench` tells of a sync. Sizes in bytes. */
export interface SyncBench {
  readonly package: { readonly bytes: number; readonly entries: number };
  readonly first: Compared;
  readonly changed: Compared & {
    /** What B read from A's vault, counted by the server between them. */
    readonly bytesMoved: number;
    /** Compressed size of the entries that changed. */
    readonly bytesChanged: number;
    /** Size of the whole package. */
    readonly bytesFull: number;
    readonly scriptBytesMoved: number;
    readonly entries: number;
  };
  /** Peak memory (`VmHWM`) of the largest worker, in megabytes: the package is never held as a whole. */
  readonly workerMb: number;
  /** Of the last 1, 5 and 15 minutes, at the end. */
  readonly load: readonly number[];
}

/**
 * A sync of a package of about 500 MB whose entries carry the time of the backup, first and with 1 % of its entries changed,
 * beside the script that a careful administrator writes (`admin-sync.sh`): on the same two installations, each with vaults
 * of its own. Medians of some runs, each with a package of its own.
 */
export async function measureSync(runs: number, say: (line: string) => void): Promise<SyncBench> {
  const all: Awaited<ReturnType<typeof playCycles>>[] = [];
  for (let run = 0; run < runs; run++) all.push(await playCycles(run, say));
  const last = all.at(-1);
  if (last === undefined) throw new Error('nothing was measured: ask for one run or more');
  const changes = all.map(({ before, after }) => changedBetween(before, after));
  const changed = all.map((each) => each.changed);
  return {
    package: { bytes: sizeOf(last.after), entries: last.after.size },
    first: compared(all.map((each) => each.first)),
    changed: {
      ...compared(changed),
      bytesMoved: median(changed.map((each) => each.bytesMoved)),
      bytesChanged: median(changes.map((each) => each.bytes)),
      bytesFull: sizeOf(last.after),
      scriptBytesMoved: median(changed.map((each) => each.scriptMoved)),
      entries: median(changes.map((each) => each.entries)),
    },
    workerMb: median(all.map((each) => each.workerMb)),
    load: loadavg().map((value) => Math.round(value * 10) / 10),
  };
}

function compared(cycles: readonly Cycle[]): Compared {
  const ratio = (pick: (timed: Timed) => number): number =>
    Math.round(100 * median(cycles.map((each) => pick(each.sync) / pick(each.script)))) / 100;
  const both = (pick: (timed: Timed) => number): [number, number] => [
    median(cycles.map((each) => pick(each.sync))),
    median(cycles.map((each) => pick(each.script))),
  ];
  const [syncMs, scriptMs] = both((timed) => timed.own);
  return {
    ratio: ratio((timed) => timed.own),
    ratioWhole: ratio((timed) => timed.ms),
    syncMs,
    scriptMs,
    simulatorMs: both((timed) => timed.simulatorMs),
    cpuMs: both((timed) => timed.cpuMs),
    syncParts: cycles[0]?.sync.parts ?? {},
    scriptParts: cycles[0]?.script.parts ?? {},
  };
}
