import type { Secret } from '../../model/config.ts';

/** The secret values among resolved settings, for `scrub`: those that the configuration gives as a reference. */
export const secretValues = (
  configured: Readonly<Record<string, string | Secret>> | undefined,
  resolved: Readonly<Record<string, string>>,
): readonly string[] =>
  Object.entries(configured ?? {})
    .filter(([, value]) => typeof value !== 'string')
    .map(([key]) => resolved[key] ?? '');
