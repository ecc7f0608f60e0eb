import type { z } from 'zod';
import { defOf, kindOf, shapeOf, type Told, tell } from '../../activities/config/schema.ts';
import { Command, Webhook } from '../../model/config/basics.ts';
import { Config } from '../../model/config.ts';

/** One key of the file, as the reference lists it. */
export interface Row {
  /** `sites.<name>.vault.password` */
  readonly key: string;
  readonly value: string;
  readonly standard: string;
  readonly meaning: string;
}

/** Shapes that stand at many keys: listed once. By what their schemas say they are. */
const SHARED: Readonly<Record<string, string>> = {
  'a program to run': '[program](#programs)',
  'the program for this site': '[program](#programs)',
  'an HTTP call': '[HTTP call](#http-calls)',
  'a program to run or an HTTP call': '[program](#programs) or [HTTP call](#http-calls)',
};
const SHORT: Readonly<Record<string, string>> = {
  duration: 'duration',
  path: 'path',
  repository: 'repository',
  program: 'list of texts',
  secret: '[secret](#secrets)',
};

/** Every key of a schema, from the top; a kind of its own where there are alternatives. */
export function rowsOf(schema: z.core.$ZodType, key: string): Row[] {
  const told = tell(schema);
  const def = defOf(told.core);
  const own: Row = {
    key,
    value: valueIn(schema),
    standard: standardOf(told),
    meaning: told.description ?? '',
  };
  if (SHARED[told.says ?? ''] !== undefined || told.role !== undefined) return [own];
  if (def.type === 'object') {
    const members = Object.entries(def.shape).flatMap(([name, member]) =>
      rowsOf(member, key === '' ? name : `${key}.${name}`),
    );
    return own.meaning === '' ? members : [own, ...members];
  }
  const inner = def.type === 'array' ? def.element : def.type === 'record' ? def.valueType : undefined;
  if (inner === undefined) return [own];
  const innerKey = def.type === 'array' ? `${key}[]` : `${key}.<${MEMBERS[key.split('.').at(-1) ?? ''] ?? 'name'}>`;
  const inside = alternatives(inner).flatMap(({ kind, schema: one }) => {
    const [first, ...rest] = rowsOf(one, innerKey + kind);
    if (first === undefined || first.key !== innerKey + kind) return first === undefined ? rest : [first, ...rest];
    return first.meaning === '' ? rest : [{ ...first, standard: '' }, ...rest];
  });
  return [own, ...inside];
}

/** What the names in a map are names of. */
const MEMBERS: Readonly<Record<string, string>> = { sites: 'site', components: 'component', resources: 'resource' };

/** A map that may be left out says nothing by itself: its keys have their own defaults. */
function standardOf(told: Told): string {
  if (told.default !== undefined && told.default !== '{}') return `\`${told.default}\``;
  return told.optional ? '–' : '**required**';
}

/** `components.<name>` is one of several kinds: `components.<name> (files)`. */
function alternatives(schema: z.core.$ZodType): { kind: string; schema: z.core.$ZodType }[] {
  const def = defOf(tell(schema).core);
  if (def.type !== 'union' || !def.options.every((option) => kindOf(option) !== undefined))
    return [{ kind: '', schema }];
  return def.options.map((option) => ({ kind: ` (${kindOf(option)})`, schema: option }));
}

function valueIn(schema: z.core.$ZodType): string {
  const told = tell(schema);
  const def = defOf(told.core);
  const shared = SHARED[told.says ?? ''] ?? SHORT[told.role ?? ''];
  if (shared !== undefined) return shared;
  if (def.type === 'enum')
    return Object.values(def.entries)
      .map((entry) => `\`${entry}\``)
      .join(', ');
  if (def.type === 'literal') return `\`${def.values[0]}\``;
  if (def.type === 'boolean') return '`true`, `false`';
  if (def.type === 'array') return told.says ?? `list of ${valueIn(def.element).replace(/(text|map)$/, '$1s')}`;
  if (def.type === 'union' && kindOf(def.options[0] as z.core.$ZodType) !== undefined) return 'map';
  if (def.type === 'record') return 'map by name';
  if (def.type === 'object') return 'map';
  if (def.type === 'unknown') return 'anything';
  return (told.says ?? 'text').replace(/^an? /, '').replace(/^(name|text) .*/, '$1');
}

const table = (rows: readonly Row[]): string =>
  [
    '| key | value | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ key, value, standard, meaning }) =>
        `| \`${key}\` | ${value} | ${standard} | ${meaning.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n');

/** The sections of the reference in docs/configuration.md. */
export function reference(): string {
  const sections = Object.entries(shapeOf(Config)).map(
    ([key, schema]) => `### ${key}\n\n${table(rowsOf(schema, key))}`,
  );
  const shared = [`### Programs\n\n${table(rowsIn(Command))}`, `### HTTP calls\n\n${table(rowsIn(Webhook))}`];
  return [...sections, ...shared].join('\n\n');
}

const rowsIn = (schema: z.core.$ZodType): Row[] =>
  Object.entries(shapeOf(schema)).flatMap(([key, member]) => rowsOf(member, key));
