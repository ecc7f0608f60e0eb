import type { Site } from '../site.ts';

/** Whether the site calls itself healthy, and ready to process jobs. */
export function healthy(site: Site, ready: boolean): boolean {
  if (site.faults.get('unhealthy') !== undefined) return false;
  if (!ready || site.unknowns().readinessNeedsEngines === 'no') return true;
  return site.engines.list().length > 0;
}

/** The licence as it is, faults included. */
export function licenceOf(site: Site) {
  const { licence } = site.settings();
  return { ...licence, licensed: licence.licensed && site.faults.get('unlicensed') !== true };
}

const REFRESHED = 'License refresh completed. License file was updated.';

/**
 * The one refresh of the licence that can be asked for: it is over when it is looked at. A licence that a restore took
 * along comes back with it.
 */
export function createRefresh(site?: Site): {
  begin(): void;
  look(): { state: 'requesting' | 'success'; message: string };
} {
  let looks = 0;
  return {
    begin() {
      looks = 0;
    },
    look() {
      looks += 1;
      if (looks === 1) return { state: 'requesting', message: 'License refresh in progress.' };
      if (site?.unknowns().licenceAfterRestore === 'lost') site.faults.set('unlicensed', null);
      return { state: 'success', message: REFRESHED };
    },
  };
}
