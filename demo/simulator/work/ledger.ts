import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** One execution of a job, as all sites write it into one file: a job that ran twice is seen there. */
export interface LedgerLine {
  site: string;
  machineKey: string;
  jobId: number;
  repository: string;
  workspace: string;
  queue: string;
  /** What submitted it: `schedules`, `automations`, … and its name; absent for a client's job. */
  sourceType?: string;
  source?: string;
  /** `category/name` when a schedule fired it. */
  schedule?: string;
  /** The time on the schedule's grid it stands for, UTC: the same at both sites. */
  planned?: string;
  /** Published parameter NONCE of the submitter. */
  nonce?: string;
  attempt: number;
  started: string;
  ended: string;
  /** `interrupted`: cut off by a stop or a crash before its effect; an effect and its line are written together. */
  result: 'success' | 'failure' | 'cancelled' | 'interrupted';
}

export interface Ledger {
  readonly path: string;
  /** Appends one line in one write, which several processes may do at once. */
  write(line: LedgerLine): void;
}

export function openLedger(path: string): Ledger {
  mkdirSync(dirname(path), { recursive: true });
  return {
    path,
    write(line) {
      appendFileSync(path, `${JSON.stringify(line)}\n`, { flag: 'a' });
    },
  };
}

/** All lines of a ledger, oldest first. */
export function readLedger(path: string): LedgerLine[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerLine);
}

/**
 * Groups of executions that stand for the same work: the same nonce, or the same schedule and planned time, or the same
 * job of the same machine. More than one line with an effect is work done twice.
 */
export function runTwice(lines: readonly LedgerLine[]): LedgerLine[][] {
  const groups = new Map<string, LedgerLine[]>();
  for (const line of lines) {
    if (line.result === 'cancelled' || line.result === 'interrupted') continue;
    const key =
      line.nonce !== undefined
        ? `nonce ${line.nonce}`
        : line.planned !== undefined
          ? `planned ${line.sourceType} ${line.source} ${line.planned}`
          : `job ${line.machineKey} ${line.jobId}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
