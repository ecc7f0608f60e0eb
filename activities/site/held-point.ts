import { join } from 'node:path';
import type { Manifest } from '../../model/points.ts';
import { readIfThere, replaceFile } from '../durable-files.ts';
import type { Site } from './site.ts';

/**
 * The manifest of the point that this standby was last proven to hold, kept beside its record. What is there already can be
 * promoted with it, and what was enabled released, also while the site's own vault does not answer.
 */
export const keepHeldPoint = (site: Site, manifest: Manifest): Promise<void> =>
  replaceFile(file(site), JSON.stringify(manifest));

/** Undefined where nothing was ever proven here, or what was kept cannot be read. */
export function heldPoint(site: Site): Manifest | undefined {
  try {
    return JSON.parse(readIfThere(file(site)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

const file = (site: Site): string => join(site.store.folder, 'held-point.json');
