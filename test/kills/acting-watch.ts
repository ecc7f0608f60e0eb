import { setTimeout as sleep } from 'node:timers/promises';
import { acting } from '../../model/record.ts';
import { recordOf } from './promises.ts';
import type { Stage } from './stage.ts';

export interface ActingWatch {
  /** Ends it. Returns the moments at which both records acted. */
  stop(): Promise<readonly string[]>;
}

/** Reads both records all the time: two that act at one moment is what must never be. */
export function watchActing(stage: Stage): ActingWatch {
  const both: string[] = [];
  let going = true;
  const loop = (async () => {
    while (going) {
      // Read on both sides of the other one, so that a change in between is not taken for two at once.
      const [before, other, after] = [recordOf(stage, 'dc1'), recordOf(stage, 'dc2'), recordOf(stage, 'dc1')];
      const same = before?.role === after?.role && before?.epoch === after?.epoch;
      if (same && before && other && acting(before.role) && acting(other.role))
        both.push(`dc1 ${before.role} and dc2 ${other.role}, epochs ${before.epoch} and ${other.epoch}`);
      await sleep(20);
    }
  })();
  return {
    async stop() {
      going = false;
      await loop;
      return [...new Set(both)];
    },
  };
}
