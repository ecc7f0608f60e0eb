import type { VaultWork } from './vault.ts';

/** At least this often, so that a heartbeat finds a dead worker soon. */
const EVERY = 1_000;

export interface Pace {
  /** So far; undefined where it cannot be told. */
  bytes: number | undefined;
  /** Tells the last state and ends. */
  stop(): void;
}

/** Reports progress each second for as long as something goes on, also while nothing moves. */
export function createPace(work: VaultWork, what: string, from?: number, total?: number): Pace {
  const pace: Pace = {
    bytes: from,
    stop() {
      clearInterval(timer);
      tell();
    },
  };
  const tell = (): void => {
    work.progress({
      what,
      ...(pace.bytes === undefined ? {} : { bytes: pace.bytes }),
      ...(total === undefined ? {} : { total }),
    });
  };
  const timer = setInterval(tell, EVERY);
  timer.unref();
  tell();
  return pace;
}
