import type { Traces } from '../../model/earlier-life.ts';
import { comparePoints } from '../../model/points.ts';
import type { Io } from '../io.ts';
import { readPeerMirror } from './mirror.ts';
import type { Site } from './site.ts';

/**
 * What the vaults that this site reads tell of an earlier life of the pair. Throws where one of them does not answer: not
 * to know is not the same as a new pair.
 */
export async function findTraces(site: Site, io: Io): Promise<Traces> {
  const [mirror, points] = await Promise.all([readPeerMirror(site, io.signal), site.vault.manifests(io)]);
  const newest = [...points].sort(comparePoints).at(-1);
  return {
    site: site.site,
    peerMirror: mirror?.evidence ?? null,
    newestPoint: newest ? { id: newest.id, site: newest.site, epoch: newest.epoch } : null,
    highest: Math.max(0, mirror?.seen ?? 0, mirror?.evidence.number ?? 0, ...points.map(({ claim }) => claim)),
  };
}
