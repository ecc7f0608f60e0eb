import { createHash } from 'node:crypto';

/**
 * SHA-256, in hex, over the canonical JSON of a value: keys sorted, so that neither comments nor the order of keys nor
 * the way that a duration is written change it.
 */
export const digestOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/** As people see it. */
export const shortDigest = (digest: string): string => digest.slice(0, 12);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
  return `{${entries.join(',')}}`;
}
