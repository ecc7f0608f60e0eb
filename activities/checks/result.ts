import type { CheckResult } from './check.ts';

export const good = (saw: string): CheckResult => ({ ok: true, saw });
export const bad = (saw: string): CheckResult => ({ ok: false, saw });

/** Whatever is in a client's way fails the check with its reason; only the end of the run itself is passed on. */
export async function seen(signal: AbortSignal, body: () => Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await body();
  } catch (error) {
    signal.throwIfAborted();
    return bad((error as Error).message);
  }
}
