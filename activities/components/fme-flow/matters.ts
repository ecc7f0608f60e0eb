import { createHash } from 'node:crypto';
import { type Record_, record, text } from './fields.ts';
import { parametersOf } from './job-record.ts';

/** Fields that differ between two sites that hold the same: ids, states, owners' numbers, times of this installation. */
const LOCAL =
  /^(id|uuid|enabled|status|state|token|password|user(name|id)?|owner(id)?|created.*|updated.*|modified.*|last.*|next.*|.*url|.*href|engines?|total(runs|filesize)|secondstoexpiry|expiration.*|favorite|issuperuser|sharingenabled)$/i;

/**
 * What matters of an item, in the same words for both versions of the API: v3 keeps parameters and queue inside `request`,
 * v4 beside it. Fields without a value are left out, since one version writes them and the other does not.
 */
export function mattersOf(raw: Record_, leave: readonly string[] = []): Record_ {
  const request = record(raw.request);
  const parameters = parametersOf(request?.publishedParameters ?? raw.publishedParameters);
  const queue = text(record(request?.TMDirectives), 'tag') ?? text(raw, 'queue');
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (LOCAL.test(name) || leave.includes(name) || name === 'request' || name === 'publishedParameters') continue;
    if (!isEmpty(value)) kept[name] = value;
  }
  if (parameters && parameters.length > 0)
    kept.parameters = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  if (queue) kept.queue = queue;
  return kept;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === -1 ||
  (Array.isArray(value) && value.length === 0) ||
  (record(value) !== undefined && Object.keys(value as object).length === 0);

/** A short digest of plain JSON, whatever the order of its keys. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const object = record(value);
  if (object === undefined) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(object)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}

/** Times to the second: v3 writes whole seconds, v4 also fractions. */
export function second(value: string | undefined): string | undefined {
  const time = Date.parse(value ?? '');
  return Number.isNaN(time) ? undefined : `${new Date(time).toISOString().slice(0, 19)}Z`;
}
