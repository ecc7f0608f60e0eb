import { readLedger, runTwice } from './simulator/work/ledger.ts';

/** What the demo holds itself to. Nothing here is taken from Understudy's own word alone. */
export interface Judge {
  must(what: string, holds: boolean): void;
  /** Two independent measures, in milliseconds, within one second of each other. */
  near(what: string, printed: number, measured: number): void;
  /** Clients got jobs accepted and some ran: without them, what follows is no trial of anything. */
  busy(before: string, file: string, accepted: readonly string[]): void;
  /** No job ran twice, and every job that a client got accepted before a planned failover ran. */
  ledger(file: string, accepted: readonly string[]): void;
  note(judgement: { readonly what: string; readonly holds: boolean }): void;
  /** Prints every judgement; false if one does not hold. */
  verdict(say: (line: string) => void): boolean;
}

const WITHIN_MS = 1_000;
const AT_LEAST = 2;

const succeeded = (file: string) => readLedger(file).filter(({ result }) => result === 'success');

/** Clients got enough accepted, and enough ran. */
export const isBusy = (file: string, accepted: readonly string[]): boolean =>
  accepted.length >= AT_LEAST && succeeded(file).length >= AT_LEAST;

/** What clients got accepted and has not run. */
export function notRun(file: string, accepted: readonly string[]): readonly string[] {
  const ran = new Set(succeeded(file).map((line) => line.nonce));
  return accepted.filter((nonce) => !ran.has(nonce));
}

export function createJudge(): Judge {
  const judgements: { what: string; holds: boolean }[] = [];
  const must = (what: string, holds: boolean): void => void judgements.push({ what, holds });
  return {
    must,
    note: (judgement) => void judgements.push(judgement),
    near: (what, printed, measured) =>
      must(
        `${what}: printed ${printed} ms, measured independently ${measured} ms`,
        Math.abs(printed - measured) <= WITHIN_MS,
      ),
    busy(before, file, accepted) {
      const ran = succeeded(file).length;
      must(
        `before ${before} clients had got ${accepted.length} jobs accepted, and ${ran} were executed (at least ${AT_LEAST} each)`,
        isBusy(file, accepted),
      );
    },
    ledger(file, accepted) {
      const lines = readLedger(file);
      const twice = runTwice(lines);
      must(
        `no job ran twice (${lines.length} executions in the ledger${twice[0] ? `; twice: ${JSON.stringify(twice[0])}` : ''})`,
        twice.length === 0 && lines.length > 0,
      );
      const lost = notRun(file, accepted);
      must(
        `all ${accepted.length} jobs that clients got accepted around the planned failover ran${lost.length > 0 ? `; lost: ${lost.join(', ')}` : ''}`,
        lost.length === 0 && accepted.length > 0,
      );
    },
    verdict(say) {
      say('\nJudgement');
      for (const { what, holds } of judgements) say(`  ${holds ? '✔' : '✖'} ${what}`);
      return judgements.length > 0 && judgements.every(({ holds }) => holds);
    },
  };
}
