import { join } from 'node:path';
import { openClaim, type PeerEvidence } from '../../model/record.ts';
import { quietIo } from '../io.ts';
import { readIfThere, replaceFile } from './files.ts';
import { digestOf, type Site } from './site.ts';

/**
 * Record and journal facts as a tagged snapshot in the site's own vault: what the peer can read when this site is gone. It
 * informs, raises numbers and makes a site fence itself; it never permits a promotion.
 */
export interface Mirror {
  readonly format: 1;
  readonly pair: string;
  readonly site: string;
  readonly evidence: PeerEvidence;
  readonly seen: number;
  readonly lastPoint: string | null;
}

/** Publishes the mirror unless the vault already holds this very one. Returns whether it wrote. */
export async function publishMirror(site: Site, signal: AbortSignal): Promise<boolean> {
  const { record, facts } = await site.store.peek();
  if (!record) return false;
  const mirror: Mirror = {
    format: 1,
    pair: site.pair,
    site: site.site,
    evidence: {
      role: record.role,
      epoch: record.epoch,
      number: record.claim.number,
      ...openClaim(record),
    },
    seen: Math.max(facts.seen, record.claim.number),
    lastPoint: facts.lastPoint,
  };
  const mark = join(site.store.folder, 'mirror.digest');
  // Only a change of role is published, and a failover that may end in one, which keeps a fenced peer from starting
  // meanwhile: numbers alone would cost a snapshot a cycle.
  const { role, epoch, number, open } = mirror.evidence;
  const changesOver = open?.kind === 'failover' || open?.kind === 'give-back';
  const digest = digestOf(changesOver ? [role, epoch, number] : [role, epoch]);
  if (readIfThere(mark) === digest) return false;
  await site.vault.publishMirror(quietIo(signal), mirror);
  await replaceFile(mark, digest);
  return true;
}

/** The peer's mirror, or null where there is none. Throws when the peer's vault does not answer. */
export async function readPeerMirror(site: Site, signal: AbortSignal): Promise<Mirror | null> {
  const found = (await site.vault.readPeerMirror(quietIo(signal))) as Mirror | null;
  return found && found.format === 1 && found.pair === site.pair && found.site === site.peerSite ? found : null;
}
