import { join } from 'node:path';
import { freezeExpired, renewFreeze } from '../../model/freeze.ts';
import type { Order } from '../../model/record.ts';
import { isRefusal, type SiteState } from '../../model/refusal.ts';
import { readIfThere, replaceFile } from '../durable-files.ts';
import type { Site } from './site.ts';

/**
 * That the run which holds a freeze lives is noted beside the journal, and without the lock: a final backup may hold that
 * for hours, and only a run that is silent for as long as the freeze lasts may lose it.
 */
interface Renewal {
  readonly claim: number;
  readonly at: string;
}

/** Returns false where this order holds no freeze here. */
export async function noteRenewal(site: Site, order: Order): Promise<boolean> {
  const { record, facts } = await site.store.peek();
  if (!record || isRefusal(renewFreeze({ record, facts }, order, site.now()))) return false;
  await replaceFile(file(site), JSON.stringify({ claim: order.claim, at: site.now() } satisfies Renewal));
  return true;
}

/** Whether nobody renewed the freeze in time: neither in the journal, nor beside it, nor by a command that began since. */
export function nobodyRenews(site: Site, { record, facts }: SiteState): boolean {
  const { freeze } = facts;
  if (!freeze) return false;
  const noted = lastNoted(site);
  const heard = [freeze.renewed, noted?.claim === freeze.claim ? noted.at : undefined, site.workingSince()];
  return heard.every(
    (renewed) =>
      renewed === undefined ||
      freezeExpired({ record, facts: { ...facts, freeze: { ...freeze, renewed } } }, site.now(), site.freezeMax),
  );
}

function lastNoted(site: Site): Renewal | undefined {
  try {
    return JSON.parse(readIfThere(file(site)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

const file = (site: Site): string => join(site.store.folder, 'renewed.json');
