import { setTimeout as sleep } from 'node:timers/promises';
import type { Authors } from './authors.ts';

/** Clients at the front door. Each job they were told is accepted is an acknowledged write, known by its nonce. */
export interface Writers {
  readonly accepted: readonly string[];
  /** A job that is still at work when the site is frozen, so that it is given up there and run again at the other. */
  submitLong(nonce: string, milliseconds: number): Promise<boolean>;
  stop(): Promise<void>;
}

const EVERY_MS = 250;

export function startWriters(authors: Authors): Writers {
  const accepted: string[] = [];
  let going = true;
  const submit = async (nonce: string, duration?: number): Promise<boolean> => {
    const taken = await authors.submit(nonce, duration);
    if (taken) accepted.push(nonce);
    return taken;
  };
  const loop = (async () => {
    for (let number = 1; going; number++) {
      await submit(`write-${number}`);
      await sleep(EVERY_MS);
    }
  })();
  return {
    accepted,
    submitLong: submit,
    async stop() {
      going = false;
      await loop;
    },
  };
}
