import type { Problem } from '../problems.ts';
import type { Raw } from '../raw.ts';

/** What a rule sees: the file's data as it stands there, whether right or not, and the folder that it lies in. */
export interface Given {
  readonly raw: Raw;
  readonly folder: string;
}

/** What one key alone cannot tell. Values of a wrong type are left to the schema: a rule passes over them. */
export type Rule = (given: Given) => readonly Problem[];
