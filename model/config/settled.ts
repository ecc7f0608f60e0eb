/**
 * A validated value: deeply read-only, and its optional keys are absent rather than undefined. zod infers `key?: T |
 * undefined`, which `exactOptionalPropertyTypes` refuses wherever it is passed on; a file has no undefined in it.
 */
export type Settled<T> = T extends readonly (infer Item)[]
  ? readonly Settled<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Settled<Exclude<T[Key], undefined>> }
    : T;
