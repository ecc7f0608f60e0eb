/** `UNDERSTUDY_KILLS_SEED`, or another one each time: but in CI, where a red run says something of what was changed. */
export function seedOfRun(): number {
  return Number(process.env.UNDERSTUDY_KILLS_SEED ?? (process.env.CI ? 1 : Date.now() % 1_000_000));
}

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
