/** Reads answers whose exact shape no contract promises: a missing field is undefined, never a crash. */

export type Record_ = Readonly<Record<string, unknown>>;

/** The first of these fields that holds a text or a number, as text. */
export function text(from: Record_ | undefined, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = from?.[name];
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
  }
  return undefined;
}

export function number(from: Record_ | undefined, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = from?.[name];
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value);
  }
  return undefined;
}

export function truth(from: Record_ | undefined, ...names: readonly string[]): boolean | undefined {
  for (const name of names) {
    const value = from?.[name];
    if (typeof value === 'boolean') return value;
  }
  return undefined;
}

export function record(value: unknown): Record_ | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record_) : undefined;
}

export function records(value: unknown): readonly Record_[] {
  return Array.isArray(value) ? value.filter((each): each is Record_ => record(each) !== undefined) : [];
}

/** Texts of an array of texts, or of an array of objects with a name. */
export function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => (typeof each === 'string' ? [each] : (text(record(each), 'name') ?? [])));
}

/** An object without the fields that are undefined. */
export function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}

/** A point in time, or undefined for none; servers also write year 1 for none. */
export function time(from: Record_ | undefined, ...names: readonly string[]): string | undefined {
  const value = text(from, ...names);
  if (value === undefined || value.startsWith('0001-') || Number.isNaN(Date.parse(value))) return undefined;
  return value;
}
