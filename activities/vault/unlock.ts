import { z } from 'zod';
import type { Finding } from '../../model/finding.ts';
import { type Place, shown } from './place.ts';
import { holdsLocks, type Restic } from './restic.ts';
import type { VaultWork } from './vault.ts';

const Lock = z.object({
  time: z.string(),
  exclusive: z.boolean().optional(),
  hostname: z.string(),
  username: z.string().optional(),
  pid: z.number(),
});

/**
 * Removes locks of dead processes of this host, and those that their owner has not refreshed for half an hour (restic does so
 * every five minutes). Others are reported with their owner.
 */
export async function unlockRepository(work: VaultWork, restic: Restic, at: Place): Promise<readonly Finding[]> {
  if (holdsLocks(at) === false) return [];
  await restic.unlock(work, at);
  if (holdsLocks(at) === false) return [];
  const list = await restic.run(work, {
    at,
    args: ['list', 'locks', '--no-lock'],
    doing: `list locks in ${shown(at)}`,
  });
  const findings: Finding[] = [];
  for (const id of list.match(/\b[0-9a-f]{64}\b/g) ?? []) {
    const text = await restic
      .run(work, { at, args: ['cat', 'lock', id, '--no-lock'], doing: `read a lock in ${shown(at)}` })
      .catch(() => undefined);
    // Gone meanwhile: its owner has finished.
    if (text === undefined) continue;
    findings.push(finding(at, Lock.parse(JSON.parse(text))));
  }
  return findings;
}

const finding = (at: Place, lock: z.infer<typeof Lock>): Finding => ({
  level: lock.exclusive ? 'warning' : 'note',
  topic: 'vault-lock',
  site: at.site,
  says: `${shown(at)} is locked${lock.exclusive ? ' exclusively' : ''} by process ${lock.pid} of ${lock.username ?? 'someone'} on ${lock.hostname} since ${lock.time}`,
  todo: `let it finish; if that process is dead, run "restic unlock --remove-all" for this repository`,
});
