import type { z } from 'zod';
import { asName } from './as-name.ts';
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
  const example = exampleOf(path, schema);
  if (value === undefined) return [{ path, says: MISSING, example }];
  if (value === null) {
    const needed = schema !== undefined && !tell(schema).optional;
    return [
      { path, says: needed ? 'is empty: give it a value' : 'is empty: give it a value, or remove the line', example },
    ];
  }
  if (issue.code === 'custom') {
    const says = issue.message === 'Invalid input' ? right(schema, issue) : issue.message;
    return [{ path, says, example }];
  }
  const literal = schema !== undefined && tell(schema).role === 'secret' && !isMap(value);
  const says = literal ? 'must not be the secret itself, but say where it is found' : right(schema, issue);
  return [{ path, says, example }];
}

function wrongName(context: Context, path: Path): Explained {
  const record = schemaAt(context.root, path.slice(0, -1), context.data);
  const def = record === undefined ? undefined : defOf(tell(record).core);
  const { says = 'another name', example = 'name' } = def?.type === 'record' ? tell(def.keyType) : {};
  return { path, says: `cannot be used as a name: needed is ${says}`, example };
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
  const shape = schema === undefined ? {} : shapeOf(chosen(schema, valueAt(context.data, parent)));
  const known = Object.keys(shape);
  const meant = nearest(unknown, known);
  const [first = ''] = known;
  if (meant === undefined) {
    const example = exampleOf([...parent, first], shape[first]);
    return { path, says: `is not known here; known are: ${known.join(', ')}`, example };
  }
  const right = [...parent, meant];
  return {
    path,
    says: `is not known here (did you mean ${meant}?)`,
    example: exampleOf(right, shape[meant]),
    meant: right,
  };
}

/** `password: { env: DC1_VAULT_PASSWORD }`: the last key of the path with a value that is right for it. */
export function exampleOf(path: Path, schema: z.core.$ZodType | undefined): string {
  const value = schema === undefined ? '…' : exampleValue(path, schema);
  const last = path.at(-1);
  if (typeof last !== 'string') return `- ${value}`;
  return `${isOwnName(path) ? asName(last) : last}: ${value}`;
}

/** Names that people give: those of sites and of components. */
const isOwnName = (path: Path): boolean =>
  (path.length === 2 && (path[0] === 'sites' || path[0] === 'components')) ||
  (path.length === 4 && path[0] === 'components' && path[2] === 'sites');

function exampleValue(path: Path, schema: z.core.$ZodType): string {
  const told = tell(schema);
  if (told.role === 'secret') return `{ env: ${variableFor(path)} }`;
  const given = [told.default, told.example].find((each) => each !== undefined && each !== '{}' && each !== '[]');
  if (given !== undefined) return given;
  const def = defOf(told.core);
  switch (def.type) {
    case 'enum':
      return String(Object.values(def.entries)[0]);
    case 'literal':
      return String(def.values[0]);
    case 'boolean':
      return 'true';
    case 'number':
      return '1';
    case 'array':
      return `[${exampleValue(path, def.element)}]`;
    case 'record':
      return `{ ${tell(def.keyType).example ?? 'name'}: ${exampleValue(path, def.valueType)} }`;
    case 'union':
      return exampleValue(path, def.options[0] as z.core.$ZodType);
    case 'object':
      return exampleMap(path, def.shape);
    default:
      return 'text';
  }
}

/** What a map needs; where it needs nothing, the first that it may have. */
function exampleMap(path: Path, shape: Readonly<Record<string, z.core.$ZodType>>): string {
  const members = Object.entries(shape);
  const needed = members.filter(([, member]) => !tell(member).optional);
  const value = ([key, member]: (typeof members)[number]): string =>
    defOf(tell(member).core).type === 'literal' || needed.length === 0 ? exampleValue([...path, key], member) : '…';
  const shown = needed.length === 0 ? members.slice(0, 1) : needed;
  return `{ ${shown.map((each) => `${each[0]}: ${value(each)}`).join(', ')} }`;
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
