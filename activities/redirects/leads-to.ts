import type { LeadsTo } from './redirect.ts';

/**
 * Which site an answer names: `{"leadsTo": "dc2"}`, or the name of a site and nothing else. Whatever else is said is
 * `unknown`: it is not guessed at.
 */
export function leadsTo(said: string, sites: readonly string[]): LeadsTo {
  const text = said.trim();
  if (sites.includes(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return sites.includes(value) ? value : 'unknown';
    if (typeof value === 'object' && value !== null && 'leadsTo' in value && typeof value.leadsTo === 'string')
      return value.leadsTo === '' ? 'unknown' : value.leadsTo;
  } catch {
    // Plain text.
  }
  return 'unknown';
}
