import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { words } from '../../model/duration.ts';
import { openClaim, type PeerEvidence } from '../../model/record.ts';
import { readIfThere, replaceFile } from '../durable-files.ts';
import { quietIo } from '../io.ts';
import { within } from '../within.ts';
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

/**
 * Milliseconds for a mirror: a few kilobytes. A server that accepts and stays silent would be waited for without an end, and
 * the site of a vault that does not answer is the very one that may be lost.
 */
export const MIRROR_LIMIT = 30_000;

/** Tells which mirror this site's vault holds. */
const markOf = (site: Site): string => join(site.store.folder, 'mirror.digest');

/** The vault may have been made anew: what was published before is published again. */
export const forgetMirror = (site: Site): Promise<void> => rm(markOf(site), { force: true });

/** Publishes the mirror unless the vault already holds this very one. Returns whether it wrote. */
export async function publishMirror(site: Site, signal: AbortSignal, limit = MIRROR_LIMIT): Promise<boolean> {
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
  const mark = markOf(site);
  // Only a change of role is published, and a failover that may end in one, which keeps a fenced peer from starting
  // meanwhile: numbers alone would cost a snapshot a cycle.
  const { role, epoch, number, open } = mirror.evidence;
  const changesOver = open?.kind === 'failover' || open?.kind === 'give-back';
  const digest = digestOf(changesOver ? [role, epoch, number] : [role, epoch]);
  if (readIfThere(mark) === digest) return false;
  await within(limit, `the vault of ${site.site} did not answer within ${words(limit)}`, signal, (inner) =>
    site.vault.publishMirror(quietIo(inner), mirror),
  );
  await replaceFile(mark, digest);
  return true;
}

/** The peer's mirror, or null where there is none. Throws when the peer's vault does not answer. */
export async function readPeerMirror(site: Site, signal: AbortSignal, limit = MIRROR_LIMIT): Promise<Mirror | null> {
  const found = (await within(
    limit,
    `the vault of ${site.peerSite} did not answer within ${words(limit)}`,
    signal,
    (inner) => site.vault.readPeerMirror(quietIo(inner)),
  )) as Mirror | null;
  return found && found.format === 1 && found.pair === site.pair && found.site === site.peerSite ? found : null;
}
