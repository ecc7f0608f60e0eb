import type { Path, Problem } from '../problems.ts';
import type { Raw } from '../raw.ts';

/** What a rule sees: the file's data as it stands there, whether right or not, and the folder that it lies in. */
export interface Given {
  readonly raw: Raw;
  readonly folder: string;
  /**
   * Whether the map at this path is known to lack something that the file was to hold. What depends on its keys cannot be
   * judged then, and its fault is told already.
   */
  incomplete(...path: Path): boolean;
}

/** What one key alone cannot tell. Values of a wrong type are left to the schema: a rule passes over them. */
export type Rule = (given: Given) => readonly Problem[];
