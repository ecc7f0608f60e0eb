import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until there is an answer. The limit is generous: nothing here says how fast a machine has to be. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { limit = 180_000, every = 100 }: { readonly limit?: number; readonly every?: number } = {},
): Promise<T> {
  const deadline = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`within ${limit / 1_000} s there was no ${what}`);
    await sleep(every);
  }
}

/** For questions to a Temporal that may be killed just then: `undefined` when it did not answer. */
export const orNothing = <T>(ask: Promise<T>): Promise<T | undefined> => ask.catch(() => undefined);
