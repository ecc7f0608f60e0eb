import type { z } from 'zod';
import { nearest } from './nearest.ts';
import type { Path, Problem } from './problems.ts';
import { chosen, defOf, schemaAt, shapeOf, tell } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** The faults that a schema found in some data, in words, each with an example of what is right. */
export function explain(root: z.core.$ZodType, data: unknown, issues: readonly Issue[]): Problem[] {
  const problems = issues.flatMap((issue) => explainIssue({ root, data }, issue, []));
  const meant = new Set(problems.flatMap((problem) => (problem.meant === undefined ? [] : [key(problem.meant)])));
  return problems
    .filter((problem) => !(problem.says === MISSING && meant.has(key(problem.path))))
    .map(({ meant: _, ...problem }) => problem);
}

interface Explained extends Problem {
  /** The key that was meant by a mistyped one: it is not missing then. */
  readonly meant?: Path;
}
interface Context {
  readonly root: z.core.$ZodType;
  readonly data: unknown;
}

const MISSING = 'is missing';
const key = (path: Path): string => JSON.stringify(path);

function explainIssue(context: Context, issue: Issue, before: Path): Explained[] {
  const path: Path = [...before, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((unknown) => unknownKey(context, path, unknown));
  if (issue.code === 'invalid_key') return [wrongName(context, path)];
  if (path.length === 0) return [{ path, says: 'must be a map of keys and values', example: 'pair: orders' }];

  const schema = schemaAt(context.root, path, context.data);
  const value = valueAt(context.data, path);
  if (issue.code === 'invalid_union' && isMap(value) && issue.errors.length > 0 && descends(schema)) {
    const fewest = issue.errors.reduce((best, errors) => (errors.length < best.length ? errors : best));
    return fewest.flatMap((nested) => explainIssue(context, nested, path));
  }
  const example = schema === undefined ? undefined : exampleOf(path, schema);
  const withExample = example === undefined ? {} : { example };
  if (value === undefined) return [{ path, says: MISSING, ...withExample }];
  if (value === null) return [{ path, says: 'is empty: give it a value, or remove the line', ...withExample }];
  if (issue.code === 'custom') {
    const says = issue.message === 'Invalid input' ? right(schema, issue) : issue.message;
    return [{ path, says, ...withExample }];
  }
  const literal = schema !== undefined && tell(schema).role === 'secret' && !isMap(value);
  const says = literal ? 'must not be the secret itself, but say where it is found' : right(schema, issue);
  return [{ path, says, ...withExample }];
}

function wrongName(context: Context, path: Path): Explained {
  const record = schemaAt(context.root, path.slice(0, -1), context.data);
  const def = record === undefined ? undefined : defOf(tell(record).core);
  const { says = 'another name', example } = def?.type === 'record' ? tell(def.keyType) : {};
  return { path, says: `cannot be used as a name: needed is ${says}`, ...(example === undefined ? {} : { example }) };
}

/** A union of maps only: what is wrong inside one of them says more than "none of these". */
function descends(schema: z.core.$ZodType | undefined): boolean {
  if (schema === undefined) return false;
  const { core, role } = tell(schema);
  const def = defOf(core);
  return def.type === 'union' && role !== 'secret' && def.options.every((option) => defOf(option).type === 'object');
}

function right(schema: z.core.$ZodType | undefined, issue: Issue): string {
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String));
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return oneOf(issue.options.map(String));
  }
  const says = schema === undefined ? undefined : tell(schema).says;
  if (says !== undefined) return `must be ${says}`;
  if (issue.code !== 'invalid_type') return 'is not right';
  return `must be ${TYPES[issue.expected] ?? `a ${issue.expected}`}`;
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a map of keys and values',
  record: 'a map of names and values',
  array: 'a list',
  string: 'a text (put it in quotes)',
  boolean: 'true or false',
};

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;

function unknownKey(context: Context, parent: Path, unknown: string): Explained {
  const path = [...parent, unknown];
  const schema = schemaAt(context.root, parent, context.data);
  const known = schema === undefined ? [] : Object.keys(shapeOf(chosen(schema, valueAt(context.data, parent))));
  const meant = nearest(unknown, known);
  if (meant === undefined) return { path, says: `is not known here; known are: ${known.join(', ')}` };
  return { path, says: `is not known here; did you mean ${meant}?`, meant: [...parent, meant] };
}

/** `password: { env: DC1_VAULT_PASSWORD }`: the last key of the path with a value that is right for it. */
export function exampleOf(path: Path, schema: z.core.$ZodType): string | undefined {
  const value = exampleValue(path, schema);
  if (value === undefined) return undefined;
  const last = path.at(-1);
  return typeof last === 'string' ? `${last}: ${value}` : `- ${value}`;
}

function exampleValue(path: Path, schema: z.core.$ZodType): string | undefined {
  const told = tell(schema);
  if (told.role === 'secret') return `{ env: ${variableFor(path)} }`;
  const example = told.default ?? told.example;
  if (example !== undefined && example !== '{}' && example !== '[]') return example;
  const def = defOf(told.core);
  if (def.type === 'enum') return String(Object.values(def.entries)[0]);
  if (def.type === 'literal') return String(def.values[0]);
  if (def.type === 'boolean') return 'true';
  if (def.type === 'object') {
    const keys = Object.keys(def.shape).filter((member) => !tell(def.shape[member] as z.core.$ZodType).optional);
    return keys.length === 0 ? undefined : `{ ${keys.map((member) => `${member}: …`).join(', ')} }`;
  }
  return undefined;
}

/** A name for the variable that holds a secret: `sites.dc1.vault.password` is `DC1_VAULT_PASSWORD`. */
function variableFor(path: Path): string {
  const left = ['sites', 'components', 'headers', 'environment', 'checks', 'redirects'];
  const [first, second, third, fourth, ...rest] = path.map(String);
  const ordered =
    first === 'components' && third === 'sites' ? [fourth, second, ...rest] : [first, second, third, fourth, ...rest];
  return ordered
    .filter((part): part is string => part !== undefined && !left.includes(part) && !/^\d+$/.test(part))
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
}

export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<string | number, unknown> | null | undefined)?.[part],
    data,
  );
}

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
