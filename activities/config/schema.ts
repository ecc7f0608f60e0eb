import { z } from 'zod';
import { written } from '../../model/duration.ts';
import type { Path } from './problems.ts';

/** What a schema tells about itself (see `model/config/basics.ts`), with its default. */
export interface Told {
  readonly description?: string;
  readonly says?: string;
  readonly example?: string;
  readonly role?: 'duration' | 'secret' | 'path' | 'repository' | 'program';
  /** As it stands in the file. */
  readonly default?: string;
  readonly optional: boolean;
  /** Without wrappers such as optional and default. */
  readonly core: z.core.$ZodType;
}

type Def = z.core.$ZodTypes['_zod']['def'];
export const defOf = (schema: z.core.$ZodType): Def => (schema as z.core.$ZodTypes)._zod.def;

/** Collects what a schema and the schemas it wraps tell; the outer ones win. */
export function tell(schema: z.core.$ZodType): Told {
  let meta: Record<string, unknown> = {};
  let standard: unknown;
  let optional = false;
  let core = schema;
  for (;;) {
    meta = { ...z.globalRegistry.get(core), ...meta };
    const def = defOf(core);
    if (def.type === 'pipe') core = def.in;
    else if (def.type === 'optional' || def.type === 'default' || def.type === 'prefault') {
      optional = true;
      if (def.type !== 'optional') standard ??= def.defaultValue;
      core = def.innerType;
    } else break;
  }
  const told = meta as Partial<Told>;
  return {
    ...told,
    ...(standard === undefined ? {} : { default: asWritten(standard, told.role) }),
    optional,
    core,
  };
}

function asWritten(value: unknown, role: Told['role']): string {
  if (typeof value === 'number' && role === 'duration') return written(value);
  if (Array.isArray(value)) return `[${value.map((item) => asWritten(item, undefined)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${asWritten(item, undefined)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return String(value);
}

/** The schema of the value at a path; where there are alternatives, the one that the data means. */
export function schemaAt(root: z.core.$ZodType, path: Path, data: unknown): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = root;
  let value = data;
  for (const key of path) {
    schema = schema === undefined ? undefined : memberOf(chosen(schema, value), key);
    value = (value as Record<string | number, unknown> | undefined | null)?.[key];
  }
  return schema;
}

function memberOf(schema: z.core.$ZodType, key: string | number): z.core.$ZodType | undefined {
  const def = defOf(tell(schema).core);
  if (def.type === 'object') return def.shape[key];
  if (def.type === 'record') return def.valueType;
  if (def.type === 'array') return def.element;
  return undefined;
}

/** Of a union: the alternative of the same `kind`, or else the one that knows most of the keys. */
export function chosen(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const def = defOf(tell(schema).core);
  if (def.type !== 'union') return schema;
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  const points = (option: z.core.$ZodType): number => {
    const inner = defOf(tell(option).core);
    if (inner.type === 'union') return Math.max(...inner.options.map(points));
    return (
      keys.filter((key) => key in shapeOf(option)).length + (kind !== undefined && kindOf(option) === kind ? 100 : 0)
    );
  };
  return def.options.reduce((best, option) => (points(option) > points(best) ? option : best));
}

/** The keys of a map, with their schemas; empty for anything else. */
export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const def = defOf(tell(schema).core);
  return def.type === 'object' ? def.shape : {};
}

/** The `kind` that an alternative stands for. */
export function kindOf(schema: z.core.$ZodType): string | undefined {
  const kind = shapeOf(schema).kind;
  const def = kind === undefined ? undefined : defOf(kind);
  return def?.type === 'literal' ? String(def.values[0]) : undefined;
}

/**
 * Rebuilds validated data: `change` is given each value with what its schema tells, from the outside in; what it returns
 * is put in the value's place, and undefined leaves it to be walked through. What no schema describes is left alone.
 */
export function rebuild(
  schema: z.core.$ZodType,
  value: unknown,
  change: (told: Told, value: unknown, path: Path) => unknown,
  path: Path = [],
): unknown {
  const changed = change(tell(schema), value, path);
  if (changed !== undefined) return changed;
  if (typeof value !== 'object' || value === null) return value;
  const meant = chosen(schema, value);
  if (meant !== schema) return rebuild(meant, value, change, path);
  const member = (key: string | number, item: unknown) => {
    const inner = memberOf(schema, key);
    return inner === undefined ? item : rebuild(inner, item, change, [...path, key]);
  };
  if (Array.isArray(value)) return value.map((item, index) => member(index, item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, member(key, item)]));
}
