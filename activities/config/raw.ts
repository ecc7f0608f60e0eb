import { milliseconds } from '../../model/duration.ts';
import type { Path } from './problems.ts';

/** Reads a file's data before it is known to be right: what is not there, or of another type, is left out. */
export interface Raw {
  value(...path: Path): unknown;
  text(...path: Path): string | undefined;
  /** Milliseconds, or the standard where the key is absent; undefined where it is none, or nothing. */
  duration(standard: number, ...path: Path): number | undefined;
  /** Keys of a map. */
  keys(...path: Path): readonly string[];
  /** Indexes of a list. */
  indexes(...path: Path): readonly number[];
}

export function rawOf(data: unknown): Raw {
  const value = (...path: Path): unknown =>
    path.reduce<unknown>((at, key) => {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
      return (at as Record<string | number, unknown>)[key];
    }, data);
  return {
    value,
    text: (...path) => {
      const found = value(...path);
      return typeof found === 'string' ? found : undefined;
    },
    duration: (standard, ...path) => {
      const found = value(...path);
      if (found === undefined) return standard;
      return typeof found === 'string' ? milliseconds(found) || undefined : undefined;
    },
    keys: (...path) => {
      const found = value(...path);
      return typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.keys(found) : [];
    },
    indexes: (...path) => {
      const found = value(...path);
      return Array.isArray(found) ? [...found.keys()] : [];
    },
  };
}
