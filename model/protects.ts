import { parsePointId } from './names.ts';
import type { SiteRecord } from './record.ts';

/**
 * Whether a copy of this point at the standby is one of the active site: taken since that took its role, or what the former
 * active said of itself when it gave the role up. Any other was left behind at a site that was lost: both may hold it, and yet
 * nothing of the present active is anywhere else.
 */
export function protects({ epoch, permission }: Pick<SiteRecord, 'epoch' | 'permission'>, point: string): boolean {
  if (parsePointId(point)?.epoch === epoch) return true;
  return permission?.by === 'peer' && permission.peer.content?.point === point;
}
