import type { Parts } from './context.ts';

/**
 * When the application started, as far as it can be told. FME Flow's API does not say it, so the status command of the
 * core may (`since`), else that of the engines; a start of either changes it. Without both it is constant, and a restart
 * during a freeze is not noticed: `check` says so.
 */
export async function startedAt(parts: Parts, signal: AbortSignal): Promise<string> {
  const core = await coreSince(parts, signal);
  if (core !== undefined) {
    parts.found.note('startTime', 'status command of the core');
    return core;
  }
  const engines = await parts.services.engines.status(signal);
  if (engines.since !== undefined) {
    parts.found.note('startTime', 'status command of the engines');
    return engines.since;
  }
  parts.found.note('startTime', 'nowhere: a restart during a freeze is not noticed');
  return 'not told';
}

/** When the core was started, if its status command tells. */
export async function coreSince(parts: Parts, signal: AbortSignal): Promise<string | undefined> {
  return (await parts.services.core?.status(signal))?.since;
}

/** A start that is still to come was told by a clock that was ahead, and is no word to go by. */
export const isToCome = (since: string): boolean => Date.parse(since) > Date.now();

/** A name or an offset at its end, e.g. `Z`, `+01:00`, `CEST`. */
export const hasZone = (since: string): boolean => /(Z|[+-]\d\d:?\d\d|\b[A-Z]{3,5})$/.test(since.trim());
